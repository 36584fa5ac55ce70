// The command `exec`: any program of the user's, with all the memory it wants and with less.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>

#include "app/commands.hpp"
#include "app/config_file.hpp"
#include "app/delegation.hpp"
#include "app/paths.hpp"
#include "app/running.hpp"
#include "app/terminal.hpp"
#include "catalogue/tables.hpp"
#include "config/limits.hpp"
#include "config/sizes.hpp"
#include "dataset/files.hpp"
#include "host/text.hpp"
#include "record/derive.hpp"
#include "record/run_folder.hpp"

namespace faultlab::app {
namespace {

using config::Json;

constexpr std::string_view kUnlimited = "unlimited";
constexpr const char* kLimitForms = "write --limit 50%, a share of the program's peak, or --limit \"64 MiB\"";
// A limit that costs less than this is not worth speaking of.
constexpr double kNoticed = 1.1;

// What was typed after --limit: a share of the peak, or a size.
struct Limit {
  std::string typed;
  std::optional<double> percent;
  Bytes size;

  Bytes of(Bytes peak) const {
    if (!percent) return size;
    const auto part = static_cast<std::uint64_t>(static_cast<double>(peak.value) * *percent / 100);
    return bytes_of(pages_floor(Bytes(part)));
  }
  std::string label(Bytes peak) const {
    return percent ? fmt::format("{} of the peak ({:.1f} MiB)", typed,
                                 static_cast<double>(of(peak).value) / (1 << 20))
                   : config::size_text(size);
  }
};

std::optional<Limit> parse_limit(const std::string& typed) {
  if (typed.ends_with('%')) {
    const auto percent = host::to_number(typed.substr(0, typed.size() - 1));
    if (!percent || *percent == 0) return std::nullopt;
    return Limit{typed, static_cast<double>(*percent), {}};
  }
  // On a command line the space between number and unit is easily left out.
  std::string spaced = typed;
  const auto unit = spaced.find_first_not_of("0123456789.");
  if (unit != std::string::npos && spaced[unit] != ' ') spaced.insert(unit, " ");
  const auto size = config::parse_size(spaced);
  return size ? std::optional(Limit{typed, std::nullopt, bytes_of(pages_floor(*size))}) : std::nullopt;
}

// "exec-my-app" of bin/My_App.
std::string experiment_name(const std::string& program) {
  std::string name = "exec-";
  for (const char c : std::filesystem::path(program).filename().string()) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    const bool upper = c >= 'A' && c <= 'Z';
    name += plain ? c : upper ? static_cast<char>(c - 'A' + 'a') : '-';
  }
  constexpr std::size_t kLongest = 48;  // with room for what is added
  return name.substr(0, kLongest);
}

std::string absolute(const std::string& path) {
  std::error_code error;
  const auto full = std::filesystem::absolute(path, error);
  return error ? path : full.lexically_normal().string();
}

// The parts that all of its trials have in common.
Json base_config(const ExecOptions& options, Bytes dataset) {
  Json workload = {{"engine", "command"}, {"command", options.program}};
  if (!options.files.empty()) workload["files"] = options.files;
  if (options.marked) workload["window"] = "marked";
  Json config = {{"schema_version", 1},
                 {"name", experiment_name(options.program.front())},
                 {"question", fmt::format("What does less memory cost {}?", options.program.front())},
                 {"dataset", {{"size", config::size_text(dataset)}}},
                 {"workload", std::move(workload)},
                 {"start", options.start},
                 {"budget", {{"wall", options.wall}}}};
  if (!options.swap.empty()) config["swap"] = {{"kind", "file"}, {"size", options.swap}};
  return config;
}

Json limit_level(const std::string& label, const std::string& limit) {
  return {{"label", label}, {"set", {{"pressure.memcg_limit.limit", limit}}}};
}

Json limited_config(const ExecOptions& options, const std::vector<Limit>& limits, Bytes dataset, Bytes peak) {
  Json config = base_config(options, dataset);
  config["trials"] = options.trials;
  Json levels = Json::array({limit_level(std::string(kUnlimited), "none")});
  Json expect = Json::array();
  for (const Limit& limit : limits) {
    const std::string label = limit.label(peak);
    levels.push_back(limit_level(label, config::size_text(limit.of(peak))));
    for (const char* metric : {"wall_ns", "device_read_bytes"}) {
      expect.push_back({{"that", fmt::format("ratio of {}", metric)},
                        {"of", {{"memory", label}}},
                        {"over", {{"memory", kUnlimited}}},
                        {"at_most", kNoticed},
                        {"because", "what a program does not need it does not miss"}});
    }
  }
  config["factors"] = {{"memory", std::move(levels)}};
  config["expect"] = std::move(expect);
  config["figures"] = Json::array();
  for (const char* metric : {"wall_ns", "device_read_bytes", "major_faults"}) {
    config["figures"].push_back(
        {{"kind", "bars"}, {"metric", metric}, {"x", "memory"}, {"series", "memory"}});
  }
  return config;
}

// The most memory that the program has when nothing limits it, its share of the page cache included. An exit
// code where that could not be found out, after saying why.
tl::expected<Bytes, ExitCode> measure_peak(const Common& common, const ExecOptions& options, Bytes dataset) {
  Json config = base_config(options, dataset);
  config["name"] = config["name"].get<std::string>() + "-peak";
  config["trials"] = 1;
  config["sample_every"] = "off";
  config["probes"] = {"rusage", "memcg"};
  config["pressure"] = {{"memcg_limit", {{"limit", "none"}}}};
  const auto experiment = read_printing(config.dump(2), "faultlab exec");
  if (!experiment) return tl::unexpected(ExitCode::usage);
  if (!can_run(common, *experiment)) return tl::unexpected(ExitCode::host_cannot);
  const Catalogue catalogue = full_catalogue();
  const auto summary = run::run(request_for(common, *experiment, catalogue), run::Observer{});
  if (!summary) {
    print_error(summary.error());
    return tl::unexpected(ExitCode::host_cannot);
  }
  if (summary->interrupted) return tl::unexpected(ExitCode::interrupted);
  const auto records = record::load_records(summary->folder);
  if (!records || records->empty()) {
    print_error(records ? summary->folder + " holds no trial" : records.error().what);
    return tl::unexpected(ExitCode::host_cannot);
  }
  const record::Json& record = records->front();
  if (record.at("outcome") != record::to_string(record::Outcome::ok)) {
    print_error(fmt::format("the first trial, without a limit, did not end ok: {}: {}",
                            record.at("outcome").get<std::string>(), record.at("reason").get<std::string>()),
                "what it printed is in " + summary->folder + "/command-output.txt");
    return tl::unexpected(ExitCode::some_trials_failed);
  }
  const Value peak = record::primary(record::readings_from_json(record), "memory_peak_bytes");
  if (!peak.present()) {
    print_error("the program's peak memory is missing: " + peak.why(), "see `faultlab doctor`");
    return tl::unexpected(ExitCode::host_cannot);
  }
  return Bytes(static_cast<std::uint64_t>(peak.integer()));
}

// False, after saying on stderr which limit is none.
bool limits_fit(const ExecOptions& options, const std::vector<Limit>& limits, Bytes files, Bytes peak) {
  for (const Limit& limit : limits) {
    const Bytes bytes = limit.of(peak);
    if (bytes < config::kLeastCeiling) {
      print_error(fmt::format("--limit {} is {} bytes: a program is killed at exec below {}", limit.typed,
                              bytes.value, config::size_text(config::kLeastCeiling)),
                  "choose a higher limit");
      return false;
    }
    if (options.start == "warm" && bytes < files) {
      print_error(fmt::format("--limit {} is {} bytes, and a warm start holds all of the files, {} bytes",
                              limit.typed, bytes.value, files.value),
                  "start cold, or choose a higher limit");
      return false;
    }
  }
  return true;
}

}  // namespace

ExitCode execute_program(const Common& common, ExecOptions options) {
  std::vector<Limit> limits;
  for (const std::string& typed : options.limits) {
    const auto limit = parse_limit(typed);
    if (!limit) {
      print_error("--limit " + typed + " is no limit", kLimitForms);
      return ExitCode::usage;
    }
    const auto same = [&](const Limit& each) { return each.typed == typed; };
    if (std::none_of(limits.begin(), limits.end(), same)) limits.push_back(*limit);
  }
  // Wherever a run is resumed from.
  std::string& program = options.program.front();
  if (program.find('/') != std::string::npos) program = absolute(program);
  for (std::string& file : options.files) file = absolute(file);
  Bytes files;
  if (!options.files.empty()) {
    const auto found = dataset::find_files(options.files);
    if (!found) {
      print_error(found.error());
      return ExitCode::usage;
    }
    files = dataset::total_size(*found);
  }
  seek_delegation(common);
  const auto rounded = [](Bytes size) {
    return std::max(bytes_of(pages_ceil(size)), config::kDatasetSize.least);
  };
  const auto peak = measure_peak(common, options, rounded(files));
  if (!peak) return peak.error();
  if (!common.json) {
    fmt::print("peak memory of {} without a limit: {:.1f} MiB\n", options.program.front(),
               static_cast<double>(peak->value) / (1 << 20));
    std::fflush(stdout);
  }
  if (!limits_fit(options, limits, files, *peak)) return ExitCode::usage;
  // Without files there is nothing that a share could be of; what the program takes is said instead.
  const Bytes dataset = rounded(options.files.empty() ? *peak : files);
  const auto experiment =
      read_printing(limited_config(options, limits, dataset, *peak).dump(2), "faultlab exec");
  if (!experiment) return ExitCode::usage;
  return execute(common, RunOptions{.target = {}}, *experiment, "");
}

}  // namespace faultlab::app
