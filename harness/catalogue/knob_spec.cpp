// The knobs, one row each.
#include "catalogue/knob_spec.hpp"

#include <algorithm>
#include <array>

namespace faultlab {
namespace {

constexpr std::array<std::string_view, 3> kThpChoices = {"always", "madvise", "never"};

constexpr std::array<std::string_view, 4> kSizedThpChoices = {"always", "inherit", "madvise", "never"};

constexpr std::array<std::string_view, 2> kMglruChoices = {"0x0000", "0x0007"};

constexpr std::array<std::string_view, 2> kSwitch = {"N", "Y"};

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
    {.name = "thp_16k",
     .meaning = "The same for huge pages of 16 KiB (hugepages-16kB/enabled).",
     .choices = kSizedThpChoices},
    {.name = "thp_256k",
     .meaning = "The same for huge pages of 256 KiB (hugepages-256kB/enabled).",
     .choices = kSizedThpChoices},
    {.name = "thp_1m",
     .meaning = "The same for huge pages of 1 MiB (hugepages-1024kB/enabled).",
     .choices = kSizedThpChoices},
    {.name = "huge_page_pool",
     .meaning = "Huge pages that are set aside for MAP_HUGETLB (vm.nr_hugepages).",
     .maximum = 1048576},
    {.name = "huge_page_pool_1g",
     .meaning = "The same for huge pages of 1 GiB (hugepages-1048576kB/nr_hugepages).",
     .maximum = 4096},
    {.name = "read_ahead_kb",
     .meaning = "Largest read-ahead of the dataset's device, in KiB (queue/read_ahead_kb).",
     .maximum = 1048576},
    {.name = "zswap",
     .meaning =
         "Y: pages that leave for a swap device are kept compressed in memory first (module zswap, enabled).",
     .choices = kSwitch},
    {.name = "zswap_max_pool_percent",
     .meaning = "Largest share of the host's memory that zswap takes (module zswap).",
     .minimum = 1,
     .maximum = 100},
    {.name = "min_free_kbytes",
     .meaning = "Memory that reclaim keeps free on the whole host, in KiB (vm.min_free_kbytes).",
     .minimum = 1024,
     .maximum = 1048576},
    {.name = "dirty_ratio",
     .meaning = "Share of memory, in per cent, at which writers must write back themselves (vm.dirty_ratio).",
     .maximum = 100},
    {.name = "dirty_background_ratio",
     .meaning = "Share of memory, in per cent, at which writing back begins (vm.dirty_background_ratio).",
     .maximum = 100},
    {.name = "mglru",
     .meaning = "Which parts of the multi-generational LRU work: 0x0007 all, 0x0000 none (lru_gen/enabled, "
                "Linux 6.1).",
     .choices = kMglruChoices},
    {.name = "fault_around_bytes",
     .meaning = "What one fault on a file maps at most, in bytes (debugfs fault_around_bytes).",
     .minimum = 4096,
     .maximum = 2097152},
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
