// Records as JSON.
#include "record/record.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <array>
#include <chrono>

namespace faultlab::record {
namespace {

Json reading_json(const Reading& reading) {
  Json plain = to_json(reading.value);
  if (!reading.value.present() || (!reading.within && reading.note.empty())) return plain;
  Json json = {{"value", std::move(plain)}};
  if (reading.within) json["within"] = *reading.within;
  if (!reading.note.empty()) json["note"] = reading.note;
  return json;
}

Json readings_json(const Readings& readings) {
  Json json = Json::object();
  for (const Reading& reading : readings) json[reading.metric][reading.source] = reading_json(reading);
  return json;
}

Value value_from_json(const Json& json) {
  if (json.is_number_integer()) return json.get<std::int64_t>();
  if (json.is_number()) return json.get<double>();
  return Missing{json.at("missing").get<std::string>()};
}

}  // namespace

std::string_view to_string(Outcome outcome) {
  constexpr auto names =
      std::to_array<std::string_view>({"ok", "invalid", "oom_killed", "timeout", "over_budget", "crashed",
                                       "signalled", "failed", "interrupted"});
  return names[static_cast<std::size_t>(outcome)];
}

Json to_json(const Value& value) {
  if (!value.present()) return {{"missing", value.why()}};
  return value.integral() ? Json(value.integer()) : Json(value.number());
}

Json to_json(const Record& record) {
  Json json;
  json["schema_version"] = kSchemaVersion;
  json["run"] = record.run;
  json["experiment"] = record.experiment;
  json["cell"] = Json::object();
  for (const auto& [factor, level] : record.cell) json["cell"][factor] = level;
  json["trial"] = record.trial;
  json["sequence"] = record.sequence;
  json["seed"] = record.seed;
  json["outcome"] = to_string(record.outcome);
  json["reason"] = record.reason;
  json["started_at"] = record.started_at;
  json["phases"] = Json::object();
  for (const auto& [name, duration] : record.phases) json["phases"][name] = to_json(duration);
  json["start"] = {{"requested", record.start_requested}};
  json["start"]["verified"] = record.start_verified.present() ? Json(record.start_verified.integer() != 0)
                                                              : to_json(record.start_verified);
  json["cgroup"] = record.cgroup_version.present() ? Json{{"version", record.cgroup_version.integer()}}
                                                   : to_json(record.cgroup_version);
  json["pressure"] = Json::object();
  for (const auto& [kind, achieved] : record.pressure) json["pressure"][kind] = achieved;
  json["schedule"] = record.schedule;
  json["swap"] = record.swap;
  json["medium"] = record.medium;
  json["binding"] = record.binding;
  json["warnings"] = record.warnings;
  json["readings"] = readings_json(record.readings);
  json["work"] = record.work;
  json["latency"] = record.latency;
  return json;
}

// The checksum as text: not every JSON reader keeps 64 bits of a number.
Json to_json(const std::vector<ThreadWork>& work) {
  Json json = Json::array();
  for (const ThreadWork& each : work) {
    const Json checksum = each.checksum ? Json(fmt::format("{:016x}", *each.checksum))
                                        : Json{{"missing", "nobody looked at the bytes that arrived"}};
    json.push_back({{"accesses", each.accesses}, {"checksum", checksum}});
  }
  return json;
}

Readings readings_from_json(const Json& json) {
  Readings readings;
  for (const auto& [metric, sources] : json.at("readings").items()) {
    for (const auto& [source, reading] : sources.items()) {
      if (!reading.is_object() || reading.contains("missing")) {
        readings.push_back({metric, source, value_from_json(reading)});
        continue;
      }
      Reading full{metric, source, value_from_json(reading.at("value"))};
      if (reading.contains("within")) full.within = reading.at("within").get<std::int64_t>();
      if (reading.contains("note")) full.note = reading.at("note").get<std::string>();
      readings.push_back(std::move(full));
    }
  }
  return readings;
}

std::string utc_now() {
  const auto now = std::chrono::system_clock::now();
  const auto ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() % 1000;
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(std::chrono::system_clock::to_time_t(now)),
                     ms);
}

}  // namespace faultlab::record
