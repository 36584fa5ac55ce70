// trials.csv.
#include <fmt/format.h>

#include <map>
#include <set>

#include "measure/metrics.hpp"
#include "record/derive.hpp"
#include "record/export.hpp"
#include "record/run_folder.hpp"

namespace faultlab::record {
namespace {

std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\n\r") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

std::string cell_of(const Value& value) {
  if (!value.present()) return "NA";
  return value.integral() ? std::to_string(value.integer()) : fmt::format("{}", value.number());
}

// metric -> the sources that any record has for it, in the registry's order of metrics.
using Columns = std::vector<std::pair<std::string_view, std::vector<std::string>>>;

Columns columns_of(const std::vector<Readings>& all) {
  std::map<std::string, std::set<std::string>, std::less<>> seen;
  for (const Readings& readings : all) {
    for (const Reading& reading : readings) seen[reading.metric].insert(reading.source);
  }
  Columns columns;
  for (const Metric& metric : metrics()) {
    const auto at = seen.find(metric.name);
    if (at != seen.end())
      columns.emplace_back(metric.name, std::vector(at->second.begin(), at->second.end()));
  }
  return columns;
}

std::string header(const std::vector<std::string>& factors, const Columns& columns) {
  std::string line = "sequence,trial,seed,outcome,reason,started_at";
  for (const std::string& factor : factors) line += "," + csv_field(factor);
  for (const auto& [metric, sources] : columns) line += fmt::format(",{}", metric);
  for (const auto& [metric, sources] : columns) {
    for (const std::string& source : sources) line += fmt::format(",{}@{}", metric, source);
  }
  return line + ",missing\n";
}

std::string row(const Json& record, const Readings& readings, const std::vector<std::string>& factors,
                const Columns& columns) {
  std::string line = fmt::format(
      "{},{},{},{},{},{}", record.at("sequence").get<std::uint32_t>(), record.at("trial").get<unsigned>(),
      record.at("seed").get<std::uint64_t>(), record.at("outcome").get<std::string>(),
      csv_field(record.at("reason").get<std::string>()), record.at("started_at").get<std::string>());
  for (const std::string& factor : factors)
    line += "," + csv_field(record.at("cell").at(factor).get<std::string>());
  for (const auto& [metric, sources] : columns) line += "," + cell_of(primary(readings, metric));
  std::string reasons;
  for (const auto& [metric, sources] : columns) {
    for (const std::string& source : sources) {
      const Reading* reading = find(readings, metric, source);
      const Value value = reading == nullptr ? Value(Missing{"not measured in this trial"}) : reading->value;
      line += "," + cell_of(value);
      if (!value.present()) {
        reasons += fmt::format("{}{}@{}: {}", reasons.empty() ? "" : "; ", metric, source, value.why());
      }
    }
  }
  return line + "," + csv_field(reasons) + "\n";
}

}  // namespace

Result<> export_csv(const std::string& run) {
  auto manifest = load_manifest(run);
  if (!manifest) return propagate(std::move(manifest));
  auto records = load_records(run);
  if (!records) return propagate(std::move(records));
  std::vector<std::string> factors;
  for (const Json& factor : manifest->at("factors")) factors.push_back(factor.at("name").get<std::string>());
  std::vector<Readings> readings;
  for (const Json& record : *records) readings.push_back(readings_from_json(record));
  const Columns columns = columns_of(readings);
  std::string text = header(factors, columns);
  for (std::size_t i = 0; i < records->size(); ++i) text += row((*records)[i], readings[i], factors, columns);
  return os::replace_file(run + "/trials.csv", text);
}

}  // namespace faultlab::record
