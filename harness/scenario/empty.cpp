// Scenario `empty`: nothing happens, and every source must read 0: what the harness itself adds.
#include "catalogue/scenario_spec.hpp"

namespace faultlab {
namespace {

class Empty final : public Scenario {
 public:
  Result<> prepare(const Ground&) override { return {}; }
  Result<Forecast> forecast() override { return Forecast{.rule = "nothing happens, so nothing is counted"}; }
  Result<> act() noexcept override { return {}; }
  std::uint64_t events() const override { return 0; }
  std::uint64_t event_pages() const override { return 0; }
};

}  // namespace

extern const ScenarioSpec empty_scenario;
const ScenarioSpec empty_scenario = {
    {.name = "empty", .summary = "Nothing: what the harness itself adds to a window"},
    true,
    []() -> std::unique_ptr<Scenario> { return std::make_unique<Empty>(); }};

}  // namespace faultlab
