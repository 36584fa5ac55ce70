// The engine `copy_file_range`: from file to file inside the kernel.
#include <unistd.h>

#include "engine/transfer.hpp"

namespace faultlab {
namespace {

class RangeMove {
 public:
  static Result<RangeMove> make(int file, int sink, const AccessSetup& setup) {
    return RangeMove(file, sink, setup.block.value);
  }

  int operator()(std::uint64_t offset, Sent& sent) const noexcept {
    auto at = static_cast<off64_t>(offset);  // which the call moves on
    return engine::move_all(block_, sink_, sent, [&](std::size_t done) {
      return ::copy_file_range(file_, &at, sink_, nullptr, block_ - done, 0);
    });
  }

 private:
  RangeMove(int file, int sink, std::size_t block) : file_(file), sink_(sink), block_(block) {}
  int file_;
  int sink_;
  std::size_t block_;
};

}  // namespace

extern const EngineSpec copy_file_range_engine;
constinit const EngineSpec copy_file_range_engine = {
    .row = {.name = "copy_file_range",
            .summary =
                "copy_file_range(2) of each block; where both files lie on a file system that can (XFS, "
                "Btrfs), they share their blocks and nothing is copied"},
    .shape = Shape::transfer,
    .advices = engine::kDescriptorAdvices,
    .uses_dataset = true,
    .make = []() -> std::unique_ptr<Engine> { return std::make_unique<engine::FromFile<RangeMove>>(); },
    .faults = {.mapped = false},
    .kernel_work = KernelWork::calls,
    .refuses_sink = [](SinkKind kind) -> std::string_view {
      return kind == SinkKind::file ? ""
                                    : "copy_file_range(2) gives EINVAL for anything but two regular files";
    },
    // Where the file system does not let both share the blocks, the kernel splices (fs/read_write.c).
    .copies_into = [](SinkKind) { return std::optional<unsigned>(); }};

}  // namespace faultlab
