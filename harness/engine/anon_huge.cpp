// The engine `anon_huge`: private memory that may be of huge pages.
#include "engine/anonymous.hpp"

namespace faultlab {
namespace {

constexpr Need kAnonHugeNeeds[] = {Need::huge_pages};

// Linux 6.7 and later places such memory at a multiple of 2 MiB (mm/huge_memory.c,
// thp_get_unmapped_area_vmflags); before, its two ends are of small pages.
Result<os::Mapping> huge_page_memory(const AccessSetup& setup) {
  auto memory = os::Mapping::anonymous(bytes_of(pages_ceil(setup.size)));
  if (!memory) return propagate(std::move(memory));
  if (auto advised = memory->advise(MADV_HUGEPAGE); !advised) return propagate(std::move(advised));
  return memory;
}

}  // namespace

extern const EngineSpec anon_huge_engine;
constinit const EngineSpec anon_huge_engine = {
    .row = {.name = "anon_huge",
            .summary =
                "anonymous memory that asks for transparent huge pages (MADV_HUGEPAGE), where the knob thp "
                "allows them",
            .needs = kAnonHugeNeeds},
    .shape = Shape::access,
    .advices = engine::kNormalOnly,
    .uses_dataset = false,
    .make = engine::anonymous_memory<huge_page_memory>,
    .faults = {.minor = FaultClass::zero_page, .minor_of_store = FaultClass::zero_fill, .may_be_huge = true},
    .kernel_work = KernelWork::faults,
    .swaps = true,
    .stores = true};

}  // namespace faultlab
