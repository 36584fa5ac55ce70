// The engine `mmap_shared`: the page cache itself, seen through a shared mapping.
#include "engine/mapped.hpp"

namespace faultlab {

extern const EngineSpec mmap_shared_engine;
constinit const EngineSpec mmap_shared_engine = {
    .row = {.name = "mmap_shared", .summary = "mmap(2) with MAP_SHARED, read-only: bytes are used in place"},
    .shape = Shape::access,
    .advices = engine::kMappingAdvices,
    .uses_dataset = true,
    .make = []() -> std::unique_ptr<Engine> { return std::make_unique<engine::MappedFile>(MAP_SHARED); },
    .faults = {.may_be_huge = true},
    .kernel_work = KernelWork::faults};

}  // namespace faultlab
