// The engine `anon_shared`: shared memory (memfd_create(2)), as processes share it among them.
#include "engine/anonymous.hpp"

namespace faultlab {
namespace {

Result<os::Mapping> shared_memory(const AccessSetup& setup) {
  const Bytes whole = bytes_of(pages_ceil(setup.size));
  auto fd = os::make_memfd("faultlab-dataset", whole);
  if (!fd) return propagate(std::move(fd));
  return os::Mapping::of_file(*fd, whole, PROT_READ | PROT_WRITE, MAP_SHARED);
}

}  // namespace

extern const EngineSpec anon_shared_engine;
constinit const EngineSpec anon_shared_engine = {
    .row =
        {.name = "anon_shared",
         .summary =
             "shared memory without a file on a disk (memfd_create(2)): it swaps as anonymous memory does"},
    .shape = Shape::access,
    .advices = engine::kNormalOnly,
    .uses_dataset = false,
    .make = engine::anonymous_memory<shared_memory>,
    .faults = {.minor = FaultClass::zero_fill, .minor_of_store = FaultClass::zero_fill},
    .kernel_work = KernelWork::faults,
    .swaps = true,
    .stores = true};

}  // namespace faultlab
