// The engine `mmap_prefault`: page tables are filled by a call ahead of use, for several blocks at once,
// instead of by a fault each.
#include "engine/ahead.hpp"

namespace faultlab {
namespace {

constexpr OptionSpec kPrefaultOptions[] = {
    engine::ahead_option("For how many accesses at a time a worker calls madvise(2), MADV_POPULATE_READ, "
                         "just before it makes them; "
                         "neighbours of each other share a call.")};

}  // namespace

extern const EngineSpec mmap_prefault_engine;
constinit const EngineSpec mmap_prefault_engine = {
    .row = {.name = "mmap_prefault",
            .summary =
                "mmap(2) with MAP_SHARED; madvise(MADV_POPULATE_READ) of the next blocks, which waits until "
                "they are read and mapped",
            .options = kPrefaultOptions},
    .shape = Shape::access,
    .advices = engine::kPopulatedAdvices,
    .uses_dataset = true,
    .make = []() -> std::unique_ptr<Engine> {
      return std::make_unique<engine::AheadFile>(engine::Lead{MADV_POPULATE_READ, false, 0});
    },
    .faults = {.may_be_huge = true},
    .accounts = Accounts::calls};

}  // namespace faultlab
