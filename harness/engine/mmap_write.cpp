// The engine `mmap_write`: the file mapped, each block written from there.
#include "engine/writing_move.hpp"

namespace faultlab {

extern const EngineSpec mmap_write_engine;
constinit const EngineSpec mmap_write_engine = {
    .row = {.name = "mmap_write",
            .summary =
                "write(2) of each block from a shared mapping of the file, whose pages the kernel faults "
                "in as it copies"},
    .shape = Shape::transfer,
    .advices = engine::kMappingAdvices,
    .uses_dataset = true,
    .make = []() -> std::unique_ptr<Engine> {
      return std::make_unique<engine::FromMapping<engine::WritingMove>>();
    },
    .faults = {.mapped = false},
    .kernel_work = KernelWork::calls,
    .copies_into = engine::copies_by_write};

}  // namespace faultlab
