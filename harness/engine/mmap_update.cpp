// The engine `mmap_update`: a shared mapping that is written to; each page is made writable first.
#include "engine/writing.hpp"

namespace faultlab {

extern const EngineSpec mmap_update_engine;
constinit const EngineSpec mmap_update_engine = {
    .row = {.name = "mmap_update",
            .summary =
                "mmap(2) with MAP_SHARED, written: stores into each page the word that it holds, so that "
                "pages become dirty and the file keeps its content"},
    .shape = Shape::access,
    .advices = engine::kMappingAdvices,
    .uses_dataset = true,
    .make = []() -> std::unique_ptr<Engine> { return std::make_unique<engine::WrittenFile>(MAP_SHARED); },
    // The file system is asked before a page becomes writable (mm/memory.c: do_page_mkwrite).
    .faults = {.minor = FaultClass::write_protect, .may_be_huge = true}};

}  // namespace faultlab
