// The engine `hugetlb`: private memory of huge pages that the host has set aside.
#include <array>

#include "engine/anonymous.hpp"

namespace faultlab {
namespace {

constexpr Need kHugetlbNeeds[] = {Need::huge_page_pool};

constexpr std::array<std::string_view, 2> kPages = {"2 MiB", "1 GiB"};

constexpr OptionSpec kHugetlbOptions[] = {
    {.name = "page",
     .type = OptionType::choice,
     .fallback = "2 MiB",
     .meaning = "Size of the huge pages; each size has a pool of its own.",
     .choices = kPages}};

Bytes page_of(const Options& options) {
  return options.text("page") == kPages[0] ? Bytes(std::uint64_t{2} << 20) : Bytes(std::uint64_t{1} << 30);
}

// The kernel reserves all pages here, so that none of the faults can fail for want of them (mm/hugetlb.c,
// hugetlb_reserve_pages).
Result<os::Mapping> pooled_memory(const AccessSetup& setup) {
  const Bytes page = page_of(setup.options);
  const std::uint64_t pages = (setup.size.value + page.value - 1) / page.value;
  return os::Mapping::anonymous_pooled(Bytes(pages * page.value), page);
}

}  // namespace

extern const EngineSpec hugetlb_engine;
constinit const EngineSpec hugetlb_engine = {
    .row = {.name = "hugetlb",
            .summary = "anonymous memory in huge pages of the host's pool (MAP_HUGETLB), which the knob "
                       "huge_page_pool fills; no memory cgroup is charged for them, no reclaim takes them",
            .needs = kHugetlbNeeds,
            .options = kHugetlbOptions},
    .shape = Shape::access,
    .advices = engine::kNormalOnly,
    .uses_dataset = false,
    .make = engine::anonymous_memory<pooled_memory>,
    // There is no huge page of zeros to share: a load's fault gives a page as a store's does (mm/hugetlb.c,
    // hugetlb_no_page), but leaves it read-only, so that the first store has another.
    .faults = {.minor = FaultClass::hugepage, .minor_of_store = FaultClass::hugepage},
    .kernel_work = KernelWork::faults,
    .pool_page = page_of,
    .stores = true};

}  // namespace faultlab
