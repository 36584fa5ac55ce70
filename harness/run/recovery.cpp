// Recovery, from the series.
#include "run/recovery.hpp"

#include <cstddef>
#include <optional>

namespace faultlab::run {
namespace {

constexpr double kShare = 0.5;
constexpr std::size_t kSamples = 3;  // one alone may be a burst

double speed(const Progress& from, const Progress& to) {
  return static_cast<double>(to.accesses - from.accesses) / static_cast<double>(to.t_ns - from.t_ns);
}

std::optional<double> speed_before(const std::vector<Progress>& series, std::int64_t first) {
  const Progress* from = nullptr;
  const Progress* to = nullptr;
  for (const Progress& each : series) {
    if (each.t_ns > first) break;
    if (from == nullptr && each.t_ns >= first / 2) from = &each;
    to = &each;
  }
  if (from == nullptr || to->t_ns <= from->t_ns) return std::nullopt;
  return speed(*from, *to);
}

}  // namespace

Value recovery(const std::vector<Progress>& series, std::uint64_t first_ns, std::uint64_t last_ns) {
  const auto first = static_cast<std::int64_t>(first_ns);
  const auto last = static_cast<std::int64_t>(last_ns);
  const auto before = speed_before(series, first);
  if (!before) return Missing{"too few samples before the schedule's first change"};
  std::size_t in_a_row = 0;
  for (std::size_t i = 1; i < series.size(); ++i) {
    if (series[i - 1].t_ns < last) continue;
    in_a_row = speed(series[i - 1], series[i]) >= kShare * *before ? in_a_row + 1 : 0;
    if (in_a_row == kSamples) return Value(series[i - kSamples].t_ns - last);
  }
  return Missing{"the trial was not at half of its speed again before the window closed"};
}

}  // namespace faultlab::run
