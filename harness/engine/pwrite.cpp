// The engine `pwrite`: whole blocks are written through the page cache, and may be made durable by
// fdatasync(2) while the work goes on.
#include "engine/written_blocks.hpp"

namespace faultlab {

extern const EngineSpec pwrite_engine;
constinit const EngineSpec pwrite_engine = {
    .row = {.name = "pwrite",
            .summary = "pwrite(2) of each block, through the page cache, as the file holds it; pread(2) "
                       "where an access "
                       "does not store",
            .options = engine::kWrittenOptions},
    .shape = Shape::access,
    .advices = engine::kDescriptorAdvices,
    .uses_dataset = true,
    .make = []() -> std::unique_ptr<Engine> { return std::make_unique<engine::WrittenBlocks>(O_RDWR); },
    .faults = {.mapped = false},
    .kernel_work = KernelWork::calls,
    .stores = true,
    .syncs = true};

}  // namespace faultlab
