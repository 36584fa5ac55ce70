// The engine `pread_direct_write`: past the page cache, into a buffer of the user's.
#include "engine/reading_move.hpp"

namespace faultlab {

extern const EngineSpec pread_direct_write_engine;
constinit const EngineSpec pread_direct_write_engine = {
    .row = {.name = "pread_direct_write",
            .summary = "pread(2) with O_DIRECT into a buffer of the block's size, write(2) from there"},
    .shape = Shape::transfer,
    .advices = engine::kNormalOnly,
    .uses_dataset = true,
    .make = []() -> std::unique_ptr<Engine> {
      return std::make_unique<engine::FromFile<engine::ReadingMove<engine::ReadKind::direct>>>(O_RDONLY |
                                                                                               O_DIRECT);
    },
    .faults = {.mapped = false},
    .kernel_work = KernelWork::calls,
    .copies_into = engine::copies_by_write};

}  // namespace faultlab
