// The engine `splice`: pages of the page cache, through a pipe.
#include "engine/splicing.hpp"

namespace faultlab {
namespace {

class SpliceMove {
 public:
  static Result<SpliceMove> make(int file, int sink, const AccessSetup& setup) {
    auto pipe = engine::InnerPipe::make(setup.options);
    if (!pipe) return propagate(std::move(pipe));
    return SpliceMove(file, sink, setup.block.value, std::move(*pipe));
  }

  int operator()(std::uint64_t offset, Sent& sent) const noexcept {
    auto at = static_cast<loff_t>(offset);  // which the call moves on
    return engine::through_pipe(pipe_, block_, sink_, sent, [&](std::size_t done) {
      return ::splice(file_, &at, pipe_.inlet(), nullptr, block_ - done, SPLICE_F_MOVE | SPLICE_F_MORE);
    });
  }

 private:
  SpliceMove(int file, int sink, std::size_t block, engine::InnerPipe pipe)
      : file_(file), sink_(sink), block_(block), pipe_(std::move(pipe)) {}
  int file_;
  int sink_;
  std::size_t block_;
  engine::InnerPipe pipe_;
};

}  // namespace

extern const EngineSpec splice_engine;
constinit const EngineSpec splice_engine = {
    .row = {.name = "splice",
            .summary = "splice(2) from the file into a pipe, splice(2) from there to the sink",
            .options = engine::kPipeOptions},
    .shape = Shape::transfer,
    .advices = engine::kDescriptorAdvices,
    .uses_dataset = true,
    .make = []() -> std::unique_ptr<Engine> { return std::make_unique<engine::FromFile<SpliceMove>>(); },
    .faults = {.mapped = false},
    .kernel_work = KernelWork::calls,
    .copies_into = engine::copies_by_splice};

}  // namespace faultlab
