// The engine `read_write`: the textbook's way, through a buffer of the user's.
#include "engine/reading_move.hpp"

namespace faultlab {

extern const EngineSpec read_write_engine;
constinit const EngineSpec read_write_engine = {
    .row = {.name = "read_write",
            .summary = "pread(2) of each block into a buffer of that size, write(2) from there to the sink"},
    .shape = Shape::transfer,
    .advices = engine::kDescriptorAdvices,
    .uses_dataset = true,
    .make = []() -> std::unique_ptr<Engine> {
      return std::make_unique<engine::FromFile<engine::ReadingMove<engine::ReadKind::buffered>>>();
    },
    .faults = {.mapped = false},
    .kernel_work = KernelWork::calls,
    .copies_into = engine::copies_by_write};

}  // namespace faultlab
