// Scenario assignments and reports as JSON.
#include "run/calibration_protocol.hpp"

#include <array>
#include <utility>

#include "record/record.hpp"

namespace faultlab::run {
namespace {

// The counts of a forecast by their names in JSON.
constexpr auto kParts = std::to_array<std::pair<const char*, Range Forecast::*>>({
    {"minor", &Forecast::minor},
    {"major", &Forecast::major},
    {"misses", &Forecast::misses},
    {"direct_minor", &Forecast::direct_minor},
    {"direct_major", &Forecast::direct_major},
    {"kernel_minor", &Forecast::kernel_minor},
    {"kernel_major", &Forecast::kernel_major},
    {"failed", &Forecast::failed},
    {"failed_counted", &Forecast::failed_counted},
    {"failed_kernel", &Forecast::failed_kernel},
    {"failed_copies", &Forecast::failed_copies},
    {"device_out", &Forecast::device_out},
    {"device_in", &Forecast::device_in},
    {"zswap_out", &Forecast::zswap_out},
    {"zswap_in", &Forecast::zswap_in},
    {"zero_out", &Forecast::zero_out},
    {"zero_in", &Forecast::zero_in},
});

Range range_from_json(const Json& json) {
  if (json.is_array()) return {json[0].get<std::int64_t>(), json[1].get<std::int64_t>()};
  return {json.get<std::int64_t>()};
}

Value value_from_json(const Json& json) {
  if (json.is_object()) return Missing{json.at("missing").get<std::string>()};
  return Value(json.get<std::int64_t>());
}

}  // namespace

Json to_json(const Range& range) {
  return range.fixed() ? Json(range.least) : Json::array({range.least, range.most});
}

Json to_json(const Forecast& forecast) {
  Json json = Json::object();
  for (const auto& [name, part] : kParts) {
    if (forecast.*part != Range()) json[name] = to_json(forecast.*part);
  }
  if (forecast.swaps) json["swaps"] = true;
  json["rule"] = forecast.rule;
  return json;
}

Json to_json(const Value& value) { return record::to_json(value); }

Json to_json(const ScenarioAssignment& assignment) {
  return {{"scenario", assignment.scenario},
          {"folder", assignment.ground.folder},
          {"pages", assignment.ground.pages},
          {"seed", assignment.ground.seed},
          {"memory_stat", assignment.memory_stat},
          {"why_no_cgroup", assignment.why_no_cgroup},
          {"top_memory_stat", assignment.top_memory_stat}};
}

ScenarioAssignment scenario_assignment_from_json(const Json& json) {
  return {json.at("scenario").get<std::string>(),
          {json.at("folder").get<std::string>(), json.at("pages").get<std::uint64_t>(),
           json.at("seed").get<std::uint64_t>()},
          json.at("memory_stat").get<std::string>(),
          json.at("why_no_cgroup").get<std::string>(),
          json.at("top_memory_stat").get<std::string>()};
}

Json to_json(const ScenarioReport& report) {
  Json counts = Json::array();
  for (const Count& count : report.counts) {
    counts.push_back({{"source", count.source}, {"metric", count.metric}, {"value", to_json(count.value)}});
  }
  return {{"forecast", to_json(report.forecast)},
          {"counts", std::move(counts)},
          {"events", report.events},
          {"wrong", report.wrong}};
}

ScenarioReport scenario_report_from_json(const Json& json) {
  ScenarioReport report;
  const Json& forecast = json.at("forecast");
  for (const auto& [name, part] : kParts) {
    if (forecast.contains(name)) report.forecast.*part = range_from_json(forecast[name]);
  }
  report.forecast.swaps = forecast.contains("swaps");
  report.forecast.rule = forecast.at("rule").get<std::string>();
  for (const Json& count : json.at("counts")) {
    report.counts.push_back({count.at("source").get<std::string>(), count.at("metric").get<std::string>(),
                             value_from_json(count.at("value"))});
  }
  report.events = json.at("events").get<std::uint64_t>();
  report.wrong = json.at("wrong").get<std::string>();
  return report;
}

}  // namespace faultlab::run
