// What most probes are: a function that reads counters, called at both ends of the window.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalogue/probe_spec.hpp"

namespace faultlab {

struct Counter {
  std::string_view metric;
  Value value;
  enum class Kind { counter, gauge } kind = Kind::counter;  // a gauge is reported as it stands at the end
  std::optional<std::int64_t> within = std::nullopt;
  std::string note = {};
};
using Counters = std::vector<Counter>;
// Always the same metrics in the same order; what cannot be read is missing.
using ReadCounters = std::function<Counters()>;

enum class Sampled { yes, no };

// Reports counters as end less beginning, gauges as they stand at the end, under this source's name.
std::unique_ptr<Probe> make_counter_probe(std::string_view source, Sampled sampled, ReadCounters read);

// Of several processes: each counter summed, missing where one of them has none.
Counters sum_of(const std::vector<Counters>& each);

// "name value" lines, as in memory.stat and /proc/vmstat.
using NamedCounts = std::map<std::string, std::uint64_t, std::less<>>;
NamedCounts parse_named_counts(std::string_view text);

// The sum of these rows; missing, naming the absent one and the file, when any is absent.
Value sum_of(const NamedCounts& counts, std::initializer_list<std::string_view> names, std::string_view file);

}  // namespace faultlab
