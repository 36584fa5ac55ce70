// benchmark.json, for Google Benchmark's compare.py and everything that reads its format.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <sstream>

#include "record/derive.hpp"
#include "record/export.hpp"
#include "record/run_folder.hpp"

namespace faultlab::record {
namespace {

// "workload.engine" -> "engine": compare.py's filters are typed by hand.
std::string short_name(const std::string& factor) { return factor.substr(factor.rfind('.') + 1); }

std::string row_name(const Json& record) {
  std::string name = record.at("experiment").get<std::string>();
  for (const auto& [factor, level] : record.at("cell").items()) {
    std::string value = level.get<std::string>();
    std::replace(value.begin(), value.end(), ' ', '_');
    std::replace(value.begin(), value.end(), '/', '_');
    name += fmt::format("/{}:{}", short_name(factor), value);
  }
  return name;
}

// What the window's time is divided by: accesses, or the events of a scenario.
Value iterations_of(const Readings& readings) {
  const Value accesses = primary(readings, "accesses");
  return accesses.present() ? accesses : primary(readings, "events");
}

double or_zero(const Value& value) { return value.present() ? value.number() : 0.0; }

}  // namespace

Result<> export_benchmark(const std::string& run) {
  auto records = load_records(run);
  if (!records) return propagate(std::move(records));
  std::map<std::string, std::vector<const Json*>> families;
  std::vector<std::string> order;
  for (const Json& record : *records) {
    const Readings readings = readings_from_json(record);
    if (record.at("outcome") != "ok" || !primary(readings, "wall_ns").present()) continue;
    const std::string name = row_name(record);
    if (families[name].empty()) order.push_back(name);
    families[name].push_back(&record);
  }

  std::ostringstream out;
  benchmark::JSONReporter reporter;
  reporter.SetOutputStream(&out);
  reporter.SetErrorStream(&out);
  benchmark::BenchmarkReporter::Context context;
  reporter.ReportContext(context);
  std::vector<benchmark::BenchmarkReporter::Run> rows;
  for (std::size_t family = 0; family < order.size(); ++family) {
    const auto& trials = families[order[family]];
    for (std::size_t i = 0; i < trials.size(); ++i) {
      const Readings readings = readings_from_json(*trials[i]);
      benchmark::BenchmarkReporter::Run row;
      row.run_name.function_name = order[family];
      row.run_type = benchmark::BenchmarkReporter::Run::RT_Iteration;
      row.family_index = static_cast<std::int64_t>(family);
      row.per_family_instance_index = 0;
      row.repetitions = static_cast<std::int64_t>(trials.size());
      row.repetition_index = static_cast<std::int64_t>(i);
      row.iterations = static_cast<benchmark::IterationCount>(or_zero(iterations_of(readings)));
      row.time_unit = benchmark::kNanosecond;
      // The reporter divides the accumulated seconds by the iterations and multiplies by the unit.
      row.real_accumulated_time = or_zero(primary(readings, "wall_ns")) * 1e-9;
      row.cpu_accumulated_time =
          or_zero(primary(readings, "user_ns") + primary(readings, "system_ns")) * 1e-9;
      rows.push_back(std::move(row));
    }
  }
  if (!rows.empty()) reporter.ReportRuns(rows);
  reporter.Finalize();
  return os::replace_file(run + "/benchmark.json", out.str());
}

}  // namespace faultlab::record
