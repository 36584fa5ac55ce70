// The engine `vmsplice`: pages of the file's mapping, given to a pipe.
#include <sys/uio.h>

#include "engine/splicing.hpp"

namespace faultlab {
namespace {

class VmspliceMove {
 public:
  // `mapping` outlives it; it may be made after it, but before the first block.
  static Result<VmspliceMove> make(const os::Mapping& mapping, int sink, const AccessSetup& setup) {
    auto pipe = engine::InnerPipe::make(setup.options);
    if (!pipe) return propagate(std::move(pipe));
    return VmspliceMove(mapping, sink, setup.block.value, std::move(*pipe));
  }

  int operator()(std::uint64_t offset, Sent& sent) const noexcept {
    return engine::through_pipe(pipe_, block_, sink_, sent, [&](std::size_t done) {
      const iovec part{mapping_.data() + offset + done, block_ - done};
      return ::vmsplice(pipe_.inlet(), &part, 1, 0);
    });
  }

 private:
  VmspliceMove(const os::Mapping& mapping, int sink, std::size_t block, engine::InnerPipe pipe)
      : mapping_(mapping), sink_(sink), block_(block), pipe_(std::move(pipe)) {}
  const os::Mapping& mapping_;
  int sink_;
  std::size_t block_;
  engine::InnerPipe pipe_;
};

}  // namespace

extern const EngineSpec vmsplice_engine;
constinit const EngineSpec vmsplice_engine = {
    .row = {.name = "vmsplice",
            .summary = "vmsplice(2) of the file's mapping into a pipe, splice(2) from there to the sink",
            .options = engine::kPipeOptions},
    .shape = Shape::transfer,
    .advices = engine::kMappingAdvices,
    .uses_dataset = true,
    .make = []() -> std::unique_ptr<Engine> { return std::make_unique<engine::FromMapping<VmspliceMove>>(); },
    .faults = {.mapped = false},
    .kernel_work = KernelWork::calls,
    .copies_into = engine::copies_by_splice};

}  // namespace faultlab
