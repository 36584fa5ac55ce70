// The engine `mmap_willneed`: the kernel is told of the next blocks while those before them are consumed, and
// reads them without anybody waiting.
#include "engine/ahead.hpp"

namespace faultlab {
namespace {

constexpr OptionSpec kWillneedOptions[] = {
    engine::ahead_option("How many accesses are one group: while a worker makes those of one, the blocks of "
                         "the next are under way, by "
                         "madvise(2), MADV_WILLNEED; neighbours of each other share a call.")};

}  // namespace

extern const EngineSpec mmap_willneed_engine;
constinit const EngineSpec mmap_willneed_engine = {
    .row = {.name = "mmap_willneed",
            .summary =
                "mmap(2) with MAP_SHARED; madvise(MADV_WILLNEED) of the blocks after the next ones, which "
                "starts their reads and does not wait",
            .options = kWillneedOptions},
    .shape = Shape::access,
    .advices = engine::kPopulatedAdvices,
    .uses_dataset = true,
    .make = []() -> std::unique_ptr<Engine> {
      return std::make_unique<engine::AheadFile>(engine::Lead{MADV_WILLNEED, true, 0});
    },
    .faults = {.may_be_huge = true},
    .accounts = Accounts::calls};

}  // namespace faultlab
