// The engine `pread`: one descriptor for all workers, one pread(2) per access.
#include "engine/reading_file.hpp"

namespace faultlab {

extern const EngineSpec pread_engine;
constinit const EngineSpec pread_engine = {
    .row = {.name = "pread",
            .summary = "pread(2) of each block into the worker's buffer; one shared descriptor"},
    .shape = Shape::access,
    .advices = engine::kDescriptorAdvices,
    .uses_dataset = true,
    .make = []() -> std::unique_ptr<Engine> {
      return std::make_unique<engine::ReadingFile<engine::PositionedRead>>(O_RDONLY);
    },
    .faults = {.mapped = false},
    .kernel_work = KernelWork::calls};

}  // namespace faultlab
