// The engine `mmap_private`: a private mapping that is only read, so it never copies a page.
#include "engine/mapped.hpp"

namespace faultlab {

extern const EngineSpec mmap_private_engine;
constinit const EngineSpec mmap_private_engine = {
    .row = {.name = "mmap_private",
            .summary = "mmap(2) with MAP_PRIVATE, read-only: the same pages, as libraries are mapped"},
    .shape = Shape::access,
    .advices = engine::kMappingAdvices,
    .uses_dataset = true,
    .make = []() -> std::unique_ptr<Engine> { return std::make_unique<engine::MappedFile>(MAP_PRIVATE); },
    .faults = {.may_be_huge = true},
    .kernel_work = KernelWork::faults};

}  // namespace faultlab
