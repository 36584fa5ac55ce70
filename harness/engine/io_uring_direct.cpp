// The engine `io_uring_direct`: past the page cache, several reads at once.
#include "engine/uring_reads.hpp"

namespace faultlab {

extern const EngineSpec io_uring_direct_engine;
constinit const EngineSpec io_uring_direct_engine = {
    .row = {.name = "io_uring_direct",
            .summary =
                "io_uring with O_DIRECT: several reads of blocks under way at once, past the page cache",
            .options = engine::kUringReadOptions},
    .shape = Shape::access,
    .advices = engine::kNormalOnly,
    .uses_dataset = true,
    .make = []() -> std::unique_ptr<Engine> {
      return std::make_unique<engine::UringFile>(O_RDONLY | O_DIRECT);
    },
    .faults = {.mapped = false},
    .kernel_work = KernelWork::calls,
    .queues = true,
    .kept = Kept::nowhere,
    .accounts = Accounts::calls};

}  // namespace faultlab
