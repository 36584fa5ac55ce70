// Rows of a time series.
#include "run/sampler.hpp"

#include <fmt/format.h>
#include <time.h>

#include <algorithm>

#include "base/units.hpp"
#include "measure/clock.hpp"
#include "os/file.hpp"

namespace faultlab::run {
namespace {

std::uint64_t thread_cpu_ns() {
  timespec t{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<std::uint64_t>(t.tv_sec) * 1'000'000'000ULL + static_cast<std::uint64_t>(t.tv_nsec);
}

// The first value of that name in the row, in the order of the trial's probes.
Value first_present(const Sample& row, std::string_view metric) {
  Value found = Missing{"not sampled"};
  for (const auto& [name, value] : row) {
    if (name == metric && !found.present()) found = value;
  }
  return found;
}

std::string cell_of(const Value& value) {
  if (!value.present()) return "NA";
  return value.integral() ? std::to_string(value.integer()) : fmt::format("{}", value.number());
}

}  // namespace

const Sample& Sampler::take() {
  const std::uint64_t cpu_before = thread_cpu_ns();
  const std::uint64_t begin = progress_.window_begin.load();
  Row row{.t_ns = begin == 0 ? 0 : static_cast<std::int64_t>(now_ns() - begin),
          .accesses = progress_.total_accesses(),
          .phase = progress_.phase.load(),
          .values = {}};
  const bool unknown = reported_ && row.accesses == 0;
  row.values.emplace_back("accesses",
                          unknown ? Value(Missing{"none reported yet"}) : Value::count(row.accesses));
  for (const auto& probe : probes_) probe->sample(row.values);
  schedule_.sample(row.values);
  rows_.push_back(std::move(row));
  cost_ns_ += thread_cpu_ns() - cpu_before;
  return rows_.back().values;
}

Sample Sampler::look() const {
  Sample values;
  for (const auto& probe : probes_) probe->sample(values);
  return values;
}

std::vector<Progress> Sampler::progress() const {
  std::vector<Progress> points;
  for (const Row& row : rows_) {
    if (row.phase == Phase::running) points.push_back({row.t_ns, row.accesses});
  }
  return points;
}

Result<> Sampler::save(const std::string& path) const {
  if (rows_.empty()) return {};
  std::vector<std::string_view> columns;
  for (const auto& [name, value] : rows_.front().values) {
    if (name == "evicted_pages") continue;  // the last column
    if (std::find(columns.begin(), columns.end(), name) == columns.end()) columns.push_back(name);
  }
  std::string text = "t_ns,phase";
  for (const std::string_view column : columns) text += fmt::format(",{}", column);
  text += ",evicted_pages\n";
  const Value resident_first = first_present(rows_.front().values, "resident_pages");
  const auto page = Value::count(kPage.value);
  for (const Row& row : rows_) {
    text += fmt::format("{},{}", row.t_ns, to_string(row.phase));
    for (const std::string_view column : columns) text += "," + cell_of(first_present(row.values, column));
    // The ledger's, else what came in and is not there any more; see record/derive.cpp.
    const Value ledger = first_present(row.values, "evicted_pages");
    const Value read = first_present(row.values, "device_read_bytes");
    const Value resident = first_present(row.values, "resident_pages");
    text += "," + cell_of(ledger.present() ? ledger : read / page - (resident - resident_first)) + "\n";
  }
  return os::replace_file(path, text);
}

}  // namespace faultlab::run
