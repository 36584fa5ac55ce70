// The engine `io_uring`: through the page cache, several reads at once.
#include "engine/uring_reads.hpp"

namespace faultlab {

extern const EngineSpec io_uring_engine;
constinit const EngineSpec io_uring_engine = {
    .row = {.name = "io_uring",
            .summary = "io_uring: several reads of blocks under way at once, from the page cache",
            .options = engine::kUringReadOptions},
    .shape = Shape::access,
    .advices = engine::kDescriptorAdvices,
    .uses_dataset = true,
    .make = []() -> std::unique_ptr<Engine> { return std::make_unique<engine::UringFile>(O_RDONLY); },
    .faults = {.mapped = false},
    .kernel_work = KernelWork::calls,
    .queues = true,
    .accounts = Accounts::calls};

}  // namespace faultlab
