// The engine `pread_direct`: past the page cache, from the device into the worker's buffer.
#include "engine/reading_file.hpp"

namespace faultlab {

extern const EngineSpec pread_direct_engine;
constinit const EngineSpec pread_direct_engine = {
    .row = {.name = "pread_direct",
            .summary = "pread(2) with O_DIRECT of each block into the worker's buffer: nothing is cached"},
    .shape = Shape::access,
    .advices = engine::kNormalOnly,
    .uses_dataset = true,
    .make = []() -> std::unique_ptr<Engine> {
      return std::make_unique<engine::ReadingFile<engine::PositionedRead>>(O_RDONLY | O_DIRECT);
    },
    .faults = {.mapped = false},
    .kernel_work = KernelWork::calls,
    .kept = Kept::nowhere};

}  // namespace faultlab
