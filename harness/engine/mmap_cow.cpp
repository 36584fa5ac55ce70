// The engine `mmap_cow`: a private mapping that is written to, so that each page is copied once.
#include "engine/writing.hpp"

namespace faultlab {

extern const EngineSpec mmap_cow_engine;
constinit const EngineSpec mmap_cow_engine = {
    .row = {.name = "mmap_cow",
            .summary =
                "mmap(2) with MAP_PRIVATE, written: a store into each page makes a copy of it; without "
                "swap, copies beyond the limit end in the OOM killer"},
    .shape = Shape::access,
    .advices = engine::kMappingAdvices,
    .uses_dataset = true,
    .make = []() -> std::unique_ptr<Engine> { return std::make_unique<engine::WrittenFile>(MAP_PRIVATE); },
    // The copies are pages of 4 KiB, whatever the file's folios are (mm/memory.c: do_cow_fault); what is only
    // loaded is mapped as the file is.
    .faults = {.minor_of_store = FaultClass::cow, .may_be_huge = true},
    .stores = true};

}  // namespace faultlab
