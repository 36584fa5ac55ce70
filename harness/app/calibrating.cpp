// The command `calibrate`: a line per scenario, or everything as JSON.
#include <fmt/format.h>

#include <algorithm>

#include "app/commands.hpp"
#include "app/delegation.hpp"
#include "app/terminal.hpp"
#include "catalogue/tables.hpp"
#include "run/calibrate.hpp"

namespace faultlab::app {
namespace {

using nlohmann::ordered_json;
using run::Calibrated;
using run::JudgedRow;
using run::ScenarioOutcome;
using run::Verdict;

constexpr std::uint64_t kPages = 8192;
constexpr std::uint64_t kQuickPages = 1024;

std::string text_of(const Range& range) {
  return range.fixed() ? std::to_string(range.least) : fmt::format("{}..{}", range.least, range.most);
}

// "8192 minor", "8192 minor, 1 major", "1000 failed".
std::string text_of(const Forecast& forecast) {
  std::string text;
  const auto add = [&](const Range& range, std::string_view what) {
    if (range == Range()) return;
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", text_of(range), what);
  };
  add(forecast.minor, "minor");
  add(forecast.major, "major");
  add(forecast.failed, "failed");
  return text.empty() ? "0 faults" : text;
}

std::string verdict_of(const JudgedRow& row) {
  switch (row.verdict) {
    case Verdict::closes:
      return "closes";
    case Verdict::explained:
      return "explained by " + row.detail;
    case Verdict::unsettled:
      return fmt::format("off by {}, unsettled: {}", *row.residual, row.detail);
    case Verdict::off:
      return fmt::format("off by {}", *row.residual);
    case Verdict::missing:
      return "missing: " + row.measured.why();
  }
  return "?";
}

std::string summary_of(const Calibrated& each) {
  switch (each.outcome) {
    case ScenarioOutcome::impossible:
      return fmt::format("not on this host: {}; {}", each.lacks.front().why, each.lacks.front().remedy);
    case ScenarioOutcome::invalid:
    case ScenarioOutcome::failed:
      return fmt::format("{}: {}", to_string(each.outcome), each.why.what);
    case ScenarioOutcome::closes:
    case ScenarioOutcome::off:
      break;
  }
  const auto number_of = [&](Verdict verdict) {
    return std::count_if(each.rows.begin(), each.rows.end(),
                         [&](const JudgedRow& row) { return row.verdict == verdict; });
  };
  std::string text = each.outcome == ScenarioOutcome::off ? "DOES NOT CLOSE: " : "closes: ";
  text += fmt::format("{} of {} rows", number_of(Verdict::closes), each.rows.size());
  for (const Verdict verdict : {Verdict::explained, Verdict::unsettled, Verdict::off, Verdict::missing}) {
    if (const auto number = number_of(verdict); number > 0)
      text += fmt::format(", {} {}", number, to_string(verdict));
  }
  return text;
}

void print_rows(const Calibrated& each, bool all) {
  for (const JudgedRow& row : each.rows) {
    if (row.verdict != Verdict::off && !all) continue;
    fmt::print("    {:<11} {:<11} predicted {:>9}  measured {:>7}  {}\n", row.expected.source,
               row.expected.metric, text_of(row.expected.predicted),
               row.measured.present() ? std::to_string(row.measured.integer()) : "-", verdict_of(row));
    if (all) fmt::print("    {:23} {}\n", "", row.expected.rule);
  }
}

void print_scenario(const Calibrated& each, bool verbose) {
  fmt::print("{:<28} {:<30} {}\n", each.spec->row.name, each.report ? text_of(each.report->forecast) : "-",
             summary_of(each));
  if (verbose && each.report) fmt::print("    {}\n", each.report->forecast.rule);
  print_rows(each, verbose);
}

// A source that is missing is missing in every scenario, for the same reason: said once.
void print_missing(const run::Calibration& calibration) {
  std::vector<std::string_view> said;
  for (const Calibrated& each : calibration.scenarios) {
    for (const JudgedRow& row : each.rows) {
      if (row.verdict != Verdict::missing) continue;
      if (std::find(said.begin(), said.end(), row.expected.source) != said.end()) continue;
      said.push_back(row.expected.source);
      fmt::print("missing {}: {}\n", row.expected.source, row.measured.why());
    }
  }
}

ordered_json json_of(const Calibrated& each) {
  ordered_json json = {{"scenario", each.spec->row.name},
                       {"summary", each.spec->row.summary},
                       {"fixed", each.spec->fixed},
                       {"outcome", to_string(each.outcome)},
                       {"why", each.why.what},
                       {"lacks", ordered_json::array()},
                       {"windows", each.windows},
                       {"rows", ordered_json::array()}};
  for (const auto& lack : each.lacks) json["lacks"].push_back({{"why", lack.why}, {"remedy", lack.remedy}});
  if (!each.report) return json;
  json["counts"] = ordered_json::array();
  for (const run::Count& count : each.report->counts) {
    json["counts"].push_back(
        {{"source", count.source}, {"metric", count.metric}, {"value", run::to_json(count.value)}});
  }
  json["events"] = each.report->events;
  json["forecast"] = run::to_json(each.report->forecast);
  for (const JudgedRow& row : each.rows) {
    json["rows"].push_back({{"source", row.expected.source},
                            {"metric", row.expected.metric},
                            {"host_wide", row.expected.host_wide},
                            {"predicted", run::to_json(row.expected.predicted)},
                            {"rule", row.expected.rule},
                            {"measured", run::to_json(row.measured)},
                            {"residual", row.residual ? ordered_json(*row.residual) : ordered_json()},
                            {"verdict", to_string(row.verdict)},
                            {"detail", row.detail}});
  }
  return json;
}

std::optional<std::vector<const ScenarioSpec*>> chosen(const Catalogue& catalogue,
                                                       const std::vector<std::string>& names) {
  if (names.empty()) return std::vector(catalogue.scenarios.begin(), catalogue.scenarios.end());
  std::vector<const ScenarioSpec*> specs;
  for (const std::string& name : names) {
    const ScenarioSpec* spec = find(catalogue.scenarios, name);
    if (spec == nullptr) {
      print_error("no scenario is called " + name, "`faultlab list scenarios` lists them");
      return std::nullopt;
    }
    specs.push_back(spec);
  }
  return specs;
}

ExitCode verdict_on(const run::Calibration& calibration) {
  if (calibration.interrupted) return ExitCode::interrupted;
  bool any = false;
  for (const Calibrated& each : calibration.scenarios) {
    if (each.outcome == ScenarioOutcome::impossible) continue;
    any = true;
    if (each.outcome != ScenarioOutcome::closes) return ExitCode::some_trials_failed;
  }
  return any ? ExitCode::ok : ExitCode::host_cannot;
}

}  // namespace

ExitCode calibrate(const Common& common, const CalibrateOptions& options) {
  seek_delegation(common);
  const Catalogue catalogue = full_catalogue();
  const auto specs = chosen(catalogue, options.scenarios);
  if (!specs) return ExitCode::usage;
  const auto calibration = run::calibrate({.catalogue = &catalogue,
                                           .scenarios = *specs,
                                           .data = common.data,
                                           .pages = options.quick ? kQuickPages : kPages,
                                           .shift = options.shift},
                                          [&](const Calibrated& each) {
                                            if (!common.json) print_scenario(each, options.verbose);
                                          });
  if (!calibration) {
    print_error(calibration.error());
    return ExitCode::host_cannot;
  }
  if (!common.json) {
    print_missing(*calibration);
    return verdict_on(*calibration);
  }
  ordered_json json = {{"pgfault_counts_retries", calibration->rules.pgfault_counts_retries},
                       {"interrupted", calibration->interrupted},
                       {"scenarios", ordered_json::array()}};
  for (const Calibrated& each : calibration->scenarios) json["scenarios"].push_back(json_of(each));
  fmt::print("{}\n", json.dump(2));
  return verdict_on(*calibration);
}

}  // namespace faultlab::app
