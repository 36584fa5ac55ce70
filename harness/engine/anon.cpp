// The engine `anon`: private memory of the dataset's size, with no file behind it.
#include "engine/anonymous.hpp"

namespace faultlab {
namespace {

Result<os::Mapping> small_page_memory(const AccessSetup& setup) {
  return os::Mapping::anonymous_small(bytes_of(pages_ceil(setup.size)));
}

}  // namespace

extern const EngineSpec anon_engine;
constinit const EngineSpec anon_engine = {
    .row = {.name = "anon",
            .summary = "anonymous memory in 4 KiB pages (MADV_NOHUGEPAGE), no file: a cold access writes the "
                       "content first, a warm one finds it"},
    .shape = Shape::access,
    .advices = engine::kNormalOnly,
    .uses_dataset = false,
    .make = engine::anonymous_memory<small_page_memory>,
    .faults = {.minor = FaultClass::zero_page, .minor_of_store = FaultClass::zero_fill},
    .kernel_work = KernelWork::faults,
    .swaps = true,
    .stores = true};

}  // namespace faultlab
