// The knobs, one row each.
#include "catalogue/knob_spec.hpp"

#include <algorithm>
#include <array>

namespace faultlab {
namespace {

constexpr std::array<std::string_view, 3> kThpChoices = {"always", "madvise", "never"};

constexpr std::array<std::string_view, 4> kSizedThpChoices = {"always", "inherit", "madvise", "never"};

constexpr auto kKnobs = std::to_array<KnobSpec>({
    {.name = "swappiness",
     .meaning = "How readily reclaim takes anonymous pages rather than file pages (vm.swappiness).",
     .maximum = 200},
    {.name = "page_cluster",
     .meaning = "Swap read-ahead: 2 to this power pages are read together (vm.page-cluster).",
     .maximum = 10},
    {.name = "thp",
     .meaning = "When anonymous memory gets transparent huge pages (transparent_hugepage/enabled).",
     .choices = kThpChoices},
    {.name = "thp_64k",
     .meaning = "The same for huge pages of 64 KiB (transparent_hugepage/hugepages-64kB/enabled, Linux 6.8).",
     .choices = kSizedThpChoices},
    {.name = "huge_page_pool",
     .meaning = "Huge pages that are set aside for MAP_HUGETLB (vm.nr_hugepages).",
     .maximum = 1048576},
    {.name = "read_ahead_kb",
     .meaning = "Largest read-ahead of the dataset's device, in KiB (queue/read_ahead_kb).",
     .maximum = 1048576},
    {.name = "task_delayacct",
     .meaning = "1: the kernel adds up what each new task waits for, which the probe delays reads "
                "(kernel.task_delayacct).",
     .maximum = 1},
});

}  // namespace

std::span<const KnobSpec> knobs() { return kKnobs; }

const KnobSpec* find_knob(std::string_view name) {
  const auto* at =
      std::find_if(kKnobs.begin(), kKnobs.end(), [&](const KnobSpec& knob) { return knob.name == name; });
  return at == kKnobs.end() ? nullptr : at;
}

}  // namespace faultlab
