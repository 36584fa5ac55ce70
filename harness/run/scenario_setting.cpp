// Settings and swap areas of scenarios.
#include "run/scenario_setting.hpp"

#include <fmt/format.h>

#include "host/text.hpp"
#include "os/file.hpp"
#include "os/swap.hpp"

namespace faultlab::run {
namespace {

// Already as wanted: a larger pool is not made smaller, nor `always` changed to `madvise`, and what a kernel
// does not have is switched off.
bool stands(const KnobSetting& wanted, const std::string& data) {
  const auto path = host::knob_path(std::string(wanted.knob), data);
  if (!path) return wanted.value == "N";
  const auto text = os::read_text(*path);
  if (!text) return false;
  const std::string now = host::chosen(*text);
  if (!wanted.or_more) return now == wanted.value || (now == "always" && wanted.value == "madvise");
  const auto number = host::to_number(now);
  const auto least = host::to_number(wanted.value);
  return number && least && *number >= *least;
}

}  // namespace

Result<std::vector<host::KnobGuard>> set_scenario_knobs(const ScenarioSpec& spec,
                                                        const ScenarioPlace& place) {
  std::vector<host::KnobGuard> guards;
  for (const KnobSetting& knob : spec.knobs) {
    if (stands(knob, place.data)) continue;
    auto guard =
        host::KnobGuard::set(std::string(knob.knob), std::string(knob.value), place.data, place.journal);
    if (!guard) return propagate(std::move(guard));
    guards.push_back(std::move(*guard));
  }
  return guards;
}

// So large that it is never half full: beyond that a page which comes back gives up its place
// (mm/vmscan.c, vm_swap_full), and what the scenario does next would be another event.
Result<std::unique_ptr<SwapPlace>> enable_scenario_swap(const ScenarioSpec& spec, const Catalogue& catalogue,
                                                        std::uint64_t pages, const ScenarioPlace& place) {
  if (spec.swap.empty()) return nullptr;
  constexpr std::uint64_t kTimes = 4;
  constexpr std::uint64_t kToSpare = 1 << 20;
  const SwapSpec* kind = find(catalogue.swaps, spec.swap);
  if (kind == nullptr) return fail(fmt::format("no swap is called {}", spec.swap));
  Options options;
  for (const OptionSpec& option : kind->row.options) {
    if (option.type == OptionType::choice)
      options.set(std::string(option.name), std::string(option.fallback));
  }
  options.set("size", kTimes * pages * kPage.value + kToSpare);
  options.set("priority", std::uint64_t{os::kHighestSwapPriority});
  return kind->enable({place.data, place.journal}, options);
}

}  // namespace faultlab::run
