// The registry of metrics: every name that may stand in a record, with its unit and its meaning.
#pragma once

#include <span>
#include <string_view>

namespace faultlab {

enum class Better { higher, lower, neither };

struct Metric {
  std::string_view name;
  std::string_view unit;     // "ns", "pages", "1" for a plain count or ratio
  std::string_view meaning;  // one sentence, shown by `faultlab list metrics` and results/README.md
  Better better;
  // Sources in the order in which one of them becomes the metric's own column; comma-separated.
  std::string_view sources;
};

std::span<const Metric> metrics();
const Metric* find_metric(std::string_view name);

}  // namespace faultlab
