// The engine `pwrite_direct`: whole blocks are written past the page cache, and may be made durable by
// fdatasync(2) while the work goes on.
#include "engine/written_blocks.hpp"

namespace faultlab {

extern const EngineSpec pwrite_direct_engine;
constinit const EngineSpec pwrite_direct_engine = {
    .row =
        {.name = "pwrite_direct",
         .summary =
             "pwrite(2) of each block, past the page cache, as the file holds it; pread(2) where an access "
             "does not store",
         .options = engine::kWrittenOptions},
    .shape = Shape::access,
    .advices = engine::kNormalOnly,
    .uses_dataset = true,
    .make = []() -> std::unique_ptr<Engine> {
      return std::make_unique<engine::WrittenBlocks>(O_RDWR | O_DIRECT);
    },
    .faults = {.mapped = false},
    .kernel_work = KernelWork::calls,
    .stores = true,
    .syncs = true,
    .kept = Kept::nowhere};

}  // namespace faultlab
