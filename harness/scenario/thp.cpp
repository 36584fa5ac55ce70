// Scenarios of transparent huge pages: the settings and the alignment decide how many faults there are.
#include "host/kernel_release.hpp"
#include "host/text.hpp"
#include "os/file.hpp"
#include "os/zero_page.hpp"
#include "scenario/fault_model.hpp"
#include "scenario/ground.hpp"
#include "scenario/huge_model.hpp"

namespace faultlab {
namespace {

using namespace scenario;

constexpr Need kThpNeeds[] = {Need::huge_pages};
constexpr Need kSizedNeeds[] = {Need::huge_pages_64k};
constexpr KnobSetting kAdvised[] = {{"thp", "madvise"}};
constexpr KnobSetting kSizedAdvised[] = {{"thp_64k", "madvise"}};
// Linux 6.13 (mm/huge_memory.c, do_huge_zero_wp_pmd).
constexpr host::KernelRelease kZeroPageUpgradesWhole{6, 13};

Result<> advised(Stand& s, std::uint64_t first) {
  auto reserved = os::AnonRegion::reserve(PageCount(s.pages + first));
  if (!reserved) return propagate(std::move(reserved));
  s.region = std::move(*reserved);
  if (auto mapped = s.region.map(first, s.pages, kReadWrite); !mapped) return mapped;
  return s.region.advise(first, s.pages, MADV_HUGEPAGE);
}

// Too little of it: then memory is too fragmented, and the forecast could not hold.
std::string huge_enough(std::uint64_t expected_bytes) {
  const auto text = os::read_text("/proc/self/smaps_rollup");
  const auto kib = text ? host::number_after(*text, "AnonHugePages") : std::nullopt;
  if (!kib || *kib * 1024 >= expected_bytes) return {};
  return "the kernel gave " + std::to_string(*kib) + " KiB of huge pages of " +
         std::to_string(expected_bytes / 1024) +
         " KiB: memory is fragmented (echo 1 > /proc/sys/vm/compact_memory)";
}

constexpr Recipe kHugeWrite = {.prepare = [](Stand& s) { return advised(s, 0); },
                               .act = write_all_pages,
                               .forecast = [](const Stand& s) -> Result<Forecast> {
                                 const auto sizes = huge_sizes();
                                 if (!sizes) return Failure(sizes.error());
                                 return in_user_mode(faults_of_writes(*sizes, 0, s.pages),
                                                     "MADV_HUGEPAGE, 2 MiB aligned: one fault per huge page");
                               },
                               .verify = [](const Stand& s) { return huge_enough(s.pages * kPageSize); }};

constexpr Recipe kMisaligned = {
    .prepare = [](Stand& s) { return advised(s, 1); },
    .act = [](Stand& s) -> Result<> {
      write_pages(s.region.at(1), s.pages);
      return {};
    },
    .forecast = [](const Stand& s) -> Result<Forecast> {
      const auto sizes = huge_sizes();
      if (!sizes) return Failure(sizes.error());
      return in_user_mode(
          faults_of_writes(*sizes, 1, s.pages),
          "the mapping starts 4 KiB late: small pages up to the boundary and after the last one");
    },
    .verify = [](const Stand& s) { return huge_enough((s.pages - kTablePages) * kPageSize); }};

constexpr Recipe kHugeRead = {
    .prepare = [](Stand& s) { return advised(s, 0); },
    .act = read_all_pages,
    .forecast = [](const Stand& s) -> Result<Forecast> {
      const auto sizes = huge_sizes();
      if (!sizes) return Failure(sizes.error());
      return in_user_mode(faults_of_reads(*sizes, 0, s.pages),
                          sizes->zero_page
                              ? "one fault per 2 MiB maps the huge zero page"
                              : "without a huge page of zeros one fault per 2 MiB takes a huge page");
    }};

constexpr Recipe kUpgrade = {
    .prepare = [](Stand& s) -> Result<> {
      if (auto made = advised(s, 0); !made) return made;
      return read_all_pages(s);
    },
    .act = write_all_pages,
    .forecast = [](const Stand& s) -> Result<Forecast> {
      const auto sizes = huge_sizes();
      if (!sizes) return Failure(sizes.error());
      if (!sizes->zero_page)
        return nothing("without a huge page of zeros reading took the huge pages already");
      const auto release = host::kernel_release();
      if (!release) return Failure(release.error());
      if (*release >= kZeroPageUpgradesWhole) {
        return in_user_mode(s.pages / kTablePages,
                            "the first write swaps the huge zero page for a huge page");
      }
      return in_user_mode(s.pages,
                          "before Linux 6.13 the first write splits the huge zero page: one fault per 4 KiB");
    }};

// Mappings of less than 2 MiB, so that the largest size never fits: 480 pages between two boundaries, or
// some less where the mapping starts late.
constexpr std::uint64_t kLead = 16;

constexpr std::uint64_t part(std::uint64_t late) { return kTablePages - 2 * kLead - late; }

Result<> advised_parts(Stand& s, std::uint64_t late) {
  auto reserved = os::AnonRegion::reserve(PageCount(s.pages));
  if (!reserved) return propagate(std::move(reserved));
  s.region = std::move(*reserved);
  for (std::uint64_t first = kLead + late; first < s.pages; first += kTablePages) {
    if (auto mapped = s.region.map(first, part(late), kReadWrite); !mapped) return mapped;
    if (auto given = s.region.advise(first, part(late), MADV_HUGEPAGE); !given) return given;
  }
  return {};
}

Result<> write_parts(Stand& s, std::uint64_t late) {
  for (std::uint64_t first = kLead + late; first < s.pages; first += kTablePages) {
    write_pages(s.region.at(first), part(late));
  }
  return {};
}

Result<Forecast> faults_of_parts(const Stand& s, std::uint64_t late, std::string rule) {
  const auto sizes = huge_sizes();
  if (!sizes) return Failure(sizes.error());
  return in_user_mode(s.pages / kTablePages * faults_of_writes(*sizes, kLead + late, part(late)),
                      std::move(rule));
}

constexpr Recipe kSized = {.prepare = [](Stand& s) { return advised_parts(s, 0); },
                           .act = [](Stand& s) { return write_parts(s, 0); },
                           .forecast =
                               [](const Stand& s) {
                                 return faults_of_parts(
                                     s, 0, "hugepages-64kB/enabled is madvise: one fault per aligned 64 KiB");
                               },
                           .events = [](const Stand& s) { return s.pages / kTablePages * (part(0) / kLead); },
                           .event_pages = [](const Stand&) { return kLead; }};

constexpr Recipe kSizedMisaligned = {
    .prepare = [](Stand& s) { return advised_parts(s, 1); },
    .act = [](Stand& s) { return write_parts(s, 1); },
    .forecast =
        [](const Stand& s) {
          return faults_of_parts(
              s, 1, "the mapping starts 4 KiB late: small pages up to the first multiple of 64 KiB");
        },
    .events = [](const Stand& s) { return s.pages / kTablePages * (part(1) / kLead + kLead - 1); },
    .event_pages = no_whole_pages};

constexpr Recipe kSizedUpgrade = {.prepare = [](Stand& s) -> Result<> {
                                    if (auto made = advised_parts(s, 0); !made) return made;
                                    for (std::uint64_t first = kLead; first < s.pages; first += kTablePages)
                                      read_pages(s.region.at(first), part(0));
                                    return {};
                                  },
                                  .act = [](Stand& s) { return write_parts(s, 0); },
                                  .forecast = [](const Stand& s) -> Result<Forecast> {
                                    if (!os::loads_share_zero_page()) return nothing(kNoZeroPage);
                                    // mm/memory.c: wp_page_copy, page by page
                                    return in_user_mode(
                                        s.pages / kTablePages * part(0),
                                        "the zero page has 4 KiB: what was read is upgraded page by page");
                                  },
                                  .events = [](const Stand& s) { return s.pages / kTablePages * part(0); }};

constexpr int kCollapse = 25;  // MADV_COLLAPSE, Linux 6.1

constexpr Recipe kCollapsed = {
    .prepare = [](Stand& s) -> Result<> {
      if (auto made = s.small_pages_written(); !made) return made;
      return s.region.advise(0, s.pages, MADV_HUGEPAGE);
    },
    .act = [](Stand& s) -> Result<> {
      if (auto collapsed = s.region.advise(0, s.pages, kCollapse); !collapsed) return collapsed;
      return write_all_pages(s);
    },
    .forecast = [](const Stand&) -> Result<Forecast> {
      return nothing("MADV_COLLAPSE copies resident small pages into huge ones and maps them, writable");
    },
    .verify = [](const Stand& s) { return huge_enough(s.pages * kPageSize); },
    .events = [](const Stand& s) { return s.pages / kTablePages; },
    .event_pages = [](const Stand&) { return kTablePages; }};

}  // namespace

extern const ScenarioSpec thp_write_scenario;
extern const ScenarioSpec thp_misaligned_scenario;
extern const ScenarioSpec thp_read_scenario;
extern const ScenarioSpec thp_zero_upgrade_scenario;
extern const ScenarioSpec mthp_write_scenario;
extern const ScenarioSpec mthp_misaligned_scenario;
extern const ScenarioSpec mthp_zero_upgrade_scenario;
extern const ScenarioSpec thp_collapse_scenario;
const ScenarioSpec thp_write_scenario = {
    {.name = "thp_write", .summary = "First write with MADV_HUGEPAGE, aligned", .needs = kThpNeeds},
    true,
    from_recipe<kHugeWrite>,
    kAdvised};
const ScenarioSpec thp_misaligned_scenario = {
    {.name = "thp_misaligned",
     .summary = "First write with MADV_HUGEPAGE, the mapping 4 KiB off",
     .needs = kThpNeeds},
    true,
    from_recipe<kMisaligned>,
    kAdvised};
const ScenarioSpec thp_read_scenario = {
    {.name = "thp_read", .summary = "First read with MADV_HUGEPAGE: the huge zero page", .needs = kThpNeeds},
    true,
    from_recipe<kHugeRead>,
    kAdvised};
const ScenarioSpec thp_zero_upgrade_scenario = {{.name = "thp_zero_upgrade",
                                                 .summary = "First write where the huge zero page was read",
                                                 .needs = kThpNeeds},
                                                true,
                                                from_recipe<kUpgrade>,
                                                kAdvised};
const ScenarioSpec mthp_write_scenario = {
    {.name = "mthp_write", .summary = "First write with 64 KiB huge pages (mTHP)", .needs = kSizedNeeds},
    true,
    from_recipe<kSized>,
    kSizedAdvised};
const ScenarioSpec mthp_misaligned_scenario = {
    {.name = "mthp_misaligned",
     .summary = "First write with 64 KiB huge pages, the mapping 4 KiB off",
     .needs = kSizedNeeds},
    true,
    from_recipe<kSizedMisaligned>,
    kSizedAdvised};
const ScenarioSpec mthp_zero_upgrade_scenario = {
    {.name = "mthp_zero_upgrade",
     .summary = "First write with 64 KiB huge pages where the zero page was read",
     .needs = kSizedNeeds},
    true,
    from_recipe<kSizedUpgrade>,
    kSizedAdvised};
const ScenarioSpec thp_collapse_scenario = {{.name = "thp_collapse",
                                             .summary = "MADV_COLLAPSE of written small pages, then writes",
                                             .needs = kThpNeeds},
                                            true,
                                            from_recipe<kCollapsed>,
                                            kAdvised};

}  // namespace faultlab
