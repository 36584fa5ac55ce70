// First writes by folios of other sizes than 64 KiB (mTHP, Linux 6.8): one fault each.
#include "scenario/fault_model.hpp"
#include "scenario/ground.hpp"
#include "scenario/huge_model.hpp"

namespace faultlab {
namespace {

using namespace scenario;

constexpr Need kMthpNeeds[] = {Need::huge_pages_64k};  // who has this size has the others
constexpr std::uint64_t kOf16K = 4, kOf256K = 64, kOf1M = 256;

// A mapping in each page table, from the second folio of this size to the table's end, so that 2 MiB fit
// nowhere.
template <std::uint64_t kFolio, class Use>
Result<> each_mapping(Stand& s, Use use) {
  for (std::uint64_t first = kFolio; first < s.pages; first += kTablePages) {
    if (auto used = use(s.region, first, kTablePages - kFolio); !used) return used;
  }
  return {};
}

template <std::uint64_t kFolio>
Result<> prepare_folios(Stand& s) {
  auto reserved = os::AnonRegion::reserve(PageCount(s.pages));
  if (!reserved) return propagate(std::move(reserved));
  s.region = std::move(*reserved);
  return each_mapping<kFolio>(s, [](os::AnonRegion& region, std::uint64_t first, std::uint64_t pages) {
    if (auto mapped = region.map(first, pages, kReadWrite); !mapped) return mapped;
    return region.advise(first, pages, MADV_HUGEPAGE);
  });
}

template <std::uint64_t kFolio>
Result<> write_folios(Stand& s) {
  return each_mapping<kFolio>(s, [](os::AnonRegion& region, std::uint64_t first, std::uint64_t pages) {
    write_pages(region.at(first), pages);
    return Result<>();
  });
}

template <std::uint64_t kFolio>
Result<Forecast> one_fault_a_folio(const Stand& s) {
  const auto sizes = huge_sizes();
  if (!sizes) return Failure(sizes.error());
  return in_user_mode(s.pages / kTablePages * faults_of_writes(*sizes, kFolio, kTablePages - kFolio),
                      "this size is madvise: one fault for each aligned place of it");
}

template <std::uint64_t kFolio>
constexpr Recipe kFolios = {
    .prepare = prepare_folios<kFolio>,
    .act = write_folios<kFolio>,
    .forecast = one_fault_a_folio<kFolio>,
    .events = [](const Stand& s) { return s.pages / kTablePages * (kTablePages / kFolio - 1); },
    .event_pages = [](const Stand&) { return kFolio; }};
constexpr Recipe kFolios16K = kFolios<kOf16K>, kFolios256K = kFolios<kOf256K>, kFolios1M = kFolios<kOf1M>;

constexpr KnobSetting kAdvised16K[] = {{"thp_16k", "madvise"}};
constexpr KnobSetting kAdvised256K[] = {{"thp_256k", "madvise"}};
constexpr KnobSetting kAdvised1M[] = {{"thp_1m", "madvise"}};

}  // namespace

extern const ScenarioSpec mthp_write_16k_scenario, mthp_write_256k_scenario, mthp_write_1m_scenario;
const ScenarioSpec mthp_write_16k_scenario = {
    {.name = "mthp_write_16k", .summary = "First write with 16 KiB huge pages (mTHP)", .needs = kMthpNeeds},
    true,
    from_recipe<kFolios16K>,
    kAdvised16K};
const ScenarioSpec mthp_write_256k_scenario = {
    {.name = "mthp_write_256k", .summary = "First write with 256 KiB huge pages (mTHP)", .needs = kMthpNeeds},
    true,
    from_recipe<kFolios256K>,
    kAdvised256K};
const ScenarioSpec mthp_write_1m_scenario = {
    {.name = "mthp_write_1m", .summary = "First write with 1 MiB huge pages (mTHP)", .needs = kMthpNeeds},
    true,
    from_recipe<kFolios1M>,
    kAdvised1M};

}  // namespace faultlab
