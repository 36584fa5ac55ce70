// Latency reports.
#include "record/latency_report.hpp"

#include <fmt/format.h>

#include "measure/hgrm.hpp"
#include "os/file.hpp"

namespace faultlab::record {
namespace {

// Fewer samples hold no order statistic of that rank.
constexpr std::uint64_t kLeastForP99 = 100;
constexpr std::uint64_t kLeastForP999 = 1000;

Json missing(const std::string& why) { return {{"missing", why}}; }

Json histogram_json(const Histogram& histogram) {
  Json buckets = Json::array();
  for (unsigned i = 0; i < Histogram::kBuckets; ++i) {
    if (histogram.in_bucket(i) != 0) buckets.push_back(Json::array({i, histogram.in_bucket(i)}));
  }
  return {{"count", histogram.count()},
          {"total_ns", histogram.total()},
          {"min_ns", histogram.least()},
          {"max_ns", histogram.most()},
          {"buckets", std::move(buckets)}};
}

Histogram histogram_from(const Json& json) {
  Histogram histogram;
  for (const Json& bucket : json.at("buckets")) {
    histogram.restore_bucket(bucket.at(0).get<unsigned>(), bucket.at(1).get<std::uint64_t>());
  }
  histogram.restore_exact(json.at("count").get<std::uint64_t>(), json.at("total_ns").get<std::uint64_t>(),
                          json.at("min_ns").get<std::uint64_t>(), json.at("max_ns").get<std::uint64_t>());
  return histogram;
}

// The time of which the classes have shares: all of it, or that of the sampled accesses.
double whole_ns(const LatencyReport& report) {
  double timed = 0;
  for (const Histogram& each : report.counts.classes) timed += static_cast<double>(each.total());
  return report.sampled ? timed : timed + report.counts.harness_ns;
}

Json tail(const Histogram& histogram, double share, std::uint64_t least) {
  if (histogram.count() >= least) return histogram.percentile(share);
  return missing(fmt::format("{} samples: this percentile needs {}", histogram.count(), least));
}

Json class_json(const Histogram& histogram, double whole, bool emulated) {
  Json json = {{"count", histogram.count()}};
  if (emulated) return json;
  json["total_ns"] = histogram.total();
  json["median_ns"] = histogram.percentile(0.5);
  json["p99_ns"] = tail(histogram, 0.99, kLeastForP99);
  json["p999_ns"] = tail(histogram, 0.999, kLeastForP999);
  json["max_ns"] = histogram.most();
  json["share"] = static_cast<double>(histogram.total()) / whole;
  return json;
}

Json reasons_json(const LatencyReport& report) {
  Json reasons = Json::object();
  for (std::size_t i = 0; i < kUnclassifiedReasons.size(); ++i) {
    if (report.counts.reasons[i] != 0)
      reasons[std::string(kUnclassifiedReasons[i])] = report.counts.reasons[i];
  }
  return reasons;
}

Result<> write_histograms(const Json& sent, const LatencyReport& report, const std::string& run,
                          std::uint32_t sequence) {
  const std::string folder = run + "/histograms";
  if (auto made = os::make_folders(folder); !made) return made;
  const std::string base = fmt::format("{}/{:05}", folder, sequence);
  if (auto wrote = os::replace_file(base + ".json", sent.dump() + "\n"); !wrote) return wrote;
  for (std::size_t i = 0; i < kFaultClasses; ++i) {
    const Histogram& each = report.counts.classes[i];
    if (each.count() == 0) continue;
    auto wrote = os::replace_file(fmt::format("{}.{}.hgrm", base, kFaultClassNames[i]), hgrm_text(each));
    if (!wrote) return wrote;
  }
  return {};
}

}  // namespace

Json to_json(const LatencyReport& report) {
  const LatencyCounts& counts = report.counts;
  Json json = {{"unit", "ns"},
               {"sub_buckets", 1U << Histogram::kSubBucketBits},
               {"clock", report.clock},
               {"timer_ns", report.timer_ns},
               {"mode", report.sampled ? "sampled" : "full"},
               {"threads_ns", counts.session_ns},
               {"harness_ns", counts.harness_ns},
               {"preempted", counts.preempted},
               {"no_classes", report.no_classes},
               {"reasons", counts.reasons},
               {"classes", Json::object()}};
  for (std::size_t i = 0; i < kFaultClasses; ++i) {
    if (counts.classes[i].count() == 0) continue;
    json["classes"][std::string(kFaultClassNames[i])] = histogram_json(counts.classes[i]);
  }
  return json;
}

LatencyReport latency_from_json(const Json& json) {
  LatencyReport report{.clock = json.at("clock").get<std::string>(),
                       .timer_ns = json.at("timer_ns").get<double>(),
                       .sampled = json.at("mode") == "sampled",
                       .no_classes = json.at("no_classes").get<std::string>(),
                       .counts = {}};
  LatencyCounts& counts = report.counts;
  counts.session_ns = json.at("threads_ns").get<double>();
  counts.harness_ns = json.at("harness_ns").get<double>();
  counts.preempted = json.at("preempted").get<std::uint64_t>();
  for (std::size_t i = 0; i < counts.reasons.size(); ++i) {
    counts.reasons[i] = json.at("reasons").at(i).get<std::uint64_t>();
  }
  for (const auto& [name, histogram] : json.at("classes").items()) {
    if (const auto each = fault_class_from(name)) counts.classes[index_of(*each)] = histogram_from(histogram);
  }
  return report;
}

Json summary(const LatencyReport& report, bool emulated) {
  const double whole = whole_ns(report);
  Json json = {{"mode", report.sampled ? "sampled" : "full"}, {"clock", report.clock}};
  json["timer_ns"] = emulated ? missing("emulated") : Json(report.timer_ns);
  json["threads_ns"] = emulated ? missing("emulated") : Json(report.counts.session_ns);
  if (report.sampled) {
    json["harness_ns"] = missing("sampled: what lies between timed accesses are accesses too");
  } else {
    json["harness_ns"] = emulated ? missing("emulated") : Json(report.counts.harness_ns);
  }
  if (!report.no_classes.empty()) json["no_classes"] = missing(report.no_classes);
  json["unclassified_reasons"] = reasons_json(report);
  json["classes"] = Json::object();
  for (std::size_t i = 0; i < kFaultClasses; ++i) {
    const Histogram& each = report.counts.classes[i];
    if (each.count() != 0)
      json["classes"][std::string(kFaultClassNames[i])] = class_json(each, whole, emulated);
  }
  return json;
}

void add_readings(const LatencyReport& report, Readings& readings) {
  const LatencyCounts& counts = report.counts;
  const auto of_class = [&](FaultClass each) { return Value::count(counts.classes[index_of(each)].count()); };
  const auto add = [&](const char* metric, Value value) {
    readings.push_back({metric, "latency", std::move(value), std::nullopt,
                        report.sampled ? "of the sampled accesses, one in 64" : ""});
  };
  const bool told = report.no_classes.empty();
  add("blocked_faults", told ? of_class(FaultClass::blocked_minor) : Value(Missing{report.no_classes}));
  add("unclassified_accesses", told ? of_class(FaultClass::unclassified) : Value(Missing{report.no_classes}));
  add("preempted_accesses", told ? Value::count(counts.preempted) : Value(Missing{report.no_classes}));
  readings.push_back({"timer_ns", "latency", Value(report.timer_ns)});
}

void keep_latency(const Json& sent, const std::string& run, bool emulated, Record& record) {
  const LatencyReport report = latency_from_json(sent);
  record.latency = summary(report, emulated);
  add_readings(report, record.readings);
  if (emulated) return;
  if (auto wrote = write_histograms(sent, report, run, record.sequence); !wrote) {
    record.warnings.push_back(wrote.error().what);
  }
}

}  // namespace faultlab::record
