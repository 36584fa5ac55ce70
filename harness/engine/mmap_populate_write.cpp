// The engine `mmap_populate_write`: as mmap_write, of a mapping whose pages one call has brought in.
#include "engine/writing_move.hpp"

namespace faultlab {

extern const EngineSpec mmap_populate_write_engine;
constinit const EngineSpec mmap_populate_write_engine = {
    .row = {.name = "mmap_populate_write",
            .summary =
                "as mmap_write, of a mapping with MAP_POPULATE; that call is part of the timed window"},
    .shape = Shape::transfer,
    .advices = engine::kPopulatedAdvices,
    .uses_dataset = true,
    .make = []() -> std::unique_ptr<Engine> {
      return std::make_unique<engine::FromMapping<engine::WritingMove>>(true);
    },
    .faults = {.mapped = false},
    .kernel_work = KernelWork::calls,
    .copies_into = engine::copies_by_write};

}  // namespace faultlab
