// The engine `sendfile`: from the page cache to the sink, by one call a block.
#include <sys/sendfile.h>

#include "engine/transfer.hpp"

namespace faultlab {
namespace {

class SendfileMove {
 public:
  static Result<SendfileMove> make(int file, int sink, const AccessSetup& setup) {
    return SendfileMove(file, sink, setup.block.value);
  }

  int operator()(std::uint64_t offset, Sent& sent) const noexcept {
    auto at = static_cast<off_t>(offset);  // which the call moves on
    return engine::move_all(block_, sink_, sent,
                            [&](std::size_t done) { return ::sendfile(sink_, file_, &at, block_ - done); });
  }

 private:
  SendfileMove(int file, int sink, std::size_t block) : file_(file), sink_(sink), block_(block) {}
  int file_;
  int sink_;
  std::size_t block_;
};

}  // namespace

extern const EngineSpec sendfile_engine;
constinit const EngineSpec sendfile_engine = {
    .row = {.name = "sendfile", .summary = "sendfile(2) of each block: no byte passes through user memory"},
    .shape = Shape::transfer,
    .advices = engine::kDescriptorAdvices,
    .uses_dataset = true,
    .make = []() -> std::unique_ptr<Engine> { return std::make_unique<engine::FromFile<SendfileMove>>(); },
    .faults = {.mapped = false},
    .kernel_work = KernelWork::calls,
    .copies_into = engine::copies_by_splice};

}  // namespace faultlab
