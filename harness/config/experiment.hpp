// An experiment as the program holds it: every name checked, every size in bytes, every default filled.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/units.hpp"
#include "catalogue/engine_spec.hpp"
#include "catalogue/row.hpp"

namespace faultlab::config {

using Json = nlohmann::ordered_json;

struct Dataset {
  Bytes size;
  Bytes write_chunk;
  Content content = Content::random;
  Choice medium;  // a MediumSpec
  std::uint64_t seed = 1;
  ContentSpec spec() const { return {seed, content}; }
  bool operator==(const Dataset&) const = default;
};

// How long a trial works. Exact counts need fixed work.
struct Seconds {
  double count = 0;
  bool operator==(const Seconds&) const = default;
};
struct Accesses {
  std::uint64_t count = 0;  // of all workers together
  bool operator==(const Accesses&) const = default;
};
struct Passes {
  std::uint64_t count = 0;  // over the dataset
  bool operator==(const Passes&) const = default;
};
using Work = std::variant<Seconds, Accesses, Passes>;

enum class Binding { compact, scatter, none };

// Where the window of a program of the user's lies: from exec to exit, or between two lines that it writes.
enum class CommandWindow { whole, marked };
// What is made of the checksum that it reports: kept, or held to that of the other trials.
enum class ReportedChecksum { recorded, same };

// What goes with workload.command. Words may hold {data}, {root} and {bin}: see run/places.hpp.
struct Application {
  std::vector<std::string> arguments;  // after those of the command
  std::vector<std::string> prepare;    // makes what the command needs, before the first trial
  std::vector<std::string> files;      // that the command reads; a folder stands for all below it
  std::vector<std::string> packages;   // of Debian, where its programs come from
  CommandWindow window = CommandWindow::whole;
  ReportedChecksum checksum = ReportedChecksum::recorded;
  bool operator==(const Application&) const = default;
};

struct Workload {
  Choice engine;
  Choice order;
  Advice advice = Advice::normal;
  Consume consume = Consume::touch;
  Bytes block;
  unsigned processes = 1;
  unsigned threads = 1;  // of each process
  Work work;
  std::optional<unsigned> writes = {};  // percentage of accesses that store; none: the engine's own way
  Latency latency = Latency::off;
  // Of an open loop: accesses that become due, of all workers together. None: each comes after the one
  // before.
  std::optional<std::uint64_t> arrivals_per_second = {};
  Binding binding = Binding::compact;
  std::vector<std::string> command;  // non-empty exactly when the engine's shape is `command`
  Application application = {};      // of the command
  std::string scenario;              // a ScenarioSpec; non-empty exactly when the shape is `scenario`
  Choice sink;                       // a SinkSpec; chosen exactly when the shape is `transfer`
  // Otherwise what happens in the window is not made of accesses to blocks.
  bool makes_accesses() const { return command.empty() && scenario.empty(); }
  bool operator==(const Workload&) const = default;
};

struct Budget {
  double wall_seconds = 0;  // of the whole trial, set-up included
  Bytes device_read;        // of the timed window
  bool operator==(const Budget&) const = default;
};

// A change of a pressure while the window is open: a step, or a ramp from the value before.
struct Moment {
  std::string pressure;  // a PressureSpec with a dial
  std::variant<Seconds, Accesses> at;
  Bytes to;
  double over_seconds = 0;  // 0: a step
  bool operator==(const Moment&) const = default;
};

// Everything that one trial needs, resolved: percentages are bytes, defaults are filled in.
struct Trial {
  Dataset dataset;
  Workload workload;
  Start start = Start::cold;
  std::vector<Choice> pressures;
  std::vector<Moment> schedule;              // in the order in which they come
  Choice swap;                               // a SwapSpec
  std::map<std::string, std::string> knobs;  // knob name -> value as the kernel takes it
  Budget budget;
  std::vector<std::string> probes;
  double sample_every_seconds = 0;  // 0: no time series
  bool operator==(const Trial&) const = default;
};

struct Level {
  std::string label;                              // what the record, the CSV and the figures show
  std::vector<std::pair<std::string, Json>> set;  // config path ("workload.engine") -> value
};

struct Factor {
  std::string name;  // a config path, or the user's own word when every level is labelled
  std::vector<Level> levels;
};

using Cell = std::vector<std::pair<std::string, std::string>>;  // factor -> level label, in factor order

struct ResolvedCell {
  Cell cell;
  Trial trial;
};

struct Experiment {
  std::string name;
  std::string question;
  std::vector<Factor> factors;
  std::vector<ResolvedCell> cells;  // after exclude and include, in factor order
  unsigned trials = 10;             // per cell
  std::uint64_t seed = 1;
  Json expect;    // checked; computed by plots/study
  Json figures;   // checked; drawn by plots/
  Json resolved;  // the config as run, defaults filled in, for the manifest and its hash
  std::string source_path;
  std::string written;  // the text of its author, comments and all; empty where a command made the config
};

// A choice as text: equal choices have equal texts.
std::string key_of(const Choice& choice);

// The resolved form of one trial, for the child's pipe and the record; from_json(to_json(t)) == t.
Json to_json(const Trial& trial);
// Precondition: `json` came from to_json.
Trial trial_from_json(const Json& json);

}  // namespace faultlab::config
