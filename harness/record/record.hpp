// A record: everything known about one trial. One line of trials.jsonl.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "config/experiment.hpp"
#include "measure/reading.hpp"

namespace faultlab::record {

using Json = nlohmann::ordered_json;

inline constexpr int kSchemaVersion = 1;

enum class Outcome {
  ok,
  invalid,      // ran, but its checksum, count or starting state is wrong: not a number
  oom_killed,   // the kernel's OOM killer took it: a finding, not a failure of the harness
  timeout,      // budget.wall
  over_budget,  // budget.device_read
  crashed,      // SIGSEGV, SIGABRT, SIGILL, SIGFPE, or a SIGBUS outside of the mapped dataset
  signalled,    // another signal, from outside
  failed,       // it reported an error, its storage failed, or a command's exit status was not 0
  interrupted,  // the user stopped the run; `resume` runs the trial again
};
std::string_view to_string(Outcome outcome);

// What one thread did in the window. The checksum proves it: the wrapping sum of the words that it consumed;
// of a transfer, the StreamSum of what arrived, and nothing where no one looked at the bytes.
struct ThreadWork {
  std::uint64_t accesses = 0;
  std::optional<std::uint64_t> checksum;
};

struct Record {
  std::string run;
  std::string experiment;
  config::Cell cell;
  unsigned trial = 0;
  std::uint32_t sequence = 0;
  std::uint64_t seed = 0;
  Outcome outcome = Outcome::failed;
  std::string reason;  // empty when ok
  std::string started_at;
  std::vector<std::pair<std::string, Value>> phases;                 // "preparing_ns" -> duration
  std::string start_requested;                                       // "cold"
  Value start_verified = Missing{"the trial did not get that far"};  // 1 where verified
  Value cgroup_version = Missing{"not set up"};
  std::vector<std::pair<std::string, Json>> pressure;  // kind -> what the kernel read back
  Json schedule = Json::array();                       // what became of each change of pressure
  Json swap = Json::object();                          // the area in use: kind, size, priority
  Json medium = Json::object();                        // what the dataset lies on, as the kernel has it
  Json binding = Json::object();                       // which processing unit each thread had
  std::vector<std::string> warnings;
  Readings readings;
  Json work = Json{{"missing", "the trial did not get that far"}};     // of each thread
  Json latency = Json{{"missing", "the trial did not get that far"}};  // by fault class
};

Json to_json(const Value& value);
Json to_json(const Record& record);
Json to_json(const std::vector<ThreadWork>& work);
// The readings of a record, back from JSON. Precondition: `json` came from to_json(Record).
Readings readings_from_json(const Json& json);

// "2026-11-23T08:15:00.123Z"
std::string utc_now();

}  // namespace faultlab::record
