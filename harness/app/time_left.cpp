// Expected and measured durations of trials.
#include "app/time_left.hpp"

#include <algorithm>

namespace faultlab::app {

TimeLeft::TimeLeft(std::vector<Trial> plan, std::size_t finished) : plan_(std::move(plan)), next_(finished) {
  // One trial may be far from the plan by chance: as if two had been as expected.
  constexpr double kPriorTrials = 2;
  double whole = 0;
  for (const Trial& trial : plan_) {
    whole += trial.expected_seconds;
    by_cell_.resize(std::max(by_cell_.size(), trial.cell + 1));
  }
  prior_ = plan_.empty() ? 0 : kPriorTrials * whole / static_cast<double>(plan_.size());
}

void TimeLeft::ended(std::uint32_t sequence, double seconds) {
  if (sequence >= plan_.size()) return;
  const Trial& trial = plan_[sequence];
  Taken& taken = by_cell_[trial.cell];
  taken.seconds += seconds;
  ++taken.trials;
  expected_ += trial.expected_seconds;
  taken_ += seconds;
  next_ = std::max<std::size_t>(next_, sequence + 1);
}

double TimeLeft::seconds() const {
  const double off = expected_ + prior_ > 0 ? (taken_ + prior_) / (expected_ + prior_) : 1;
  double left = 0;
  for (std::size_t i = next_; i < plan_.size(); ++i) {
    const Taken& taken = by_cell_[plan_[i].cell];
    left += taken.trials > 0 ? taken.seconds / taken.trials : off * plan_[i].expected_seconds;
  }
  return left;
}

}  // namespace faultlab::app
