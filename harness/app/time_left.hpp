// How long the rest of a run will take.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace faultlab::app {

// At first from what the plan expects of each trial; then from what trials of the same cell took, and, of
// cells that have had none, from the plan times how far off it has been.
class TimeLeft {
 public:
  struct Trial {
    std::size_t cell = 0;
    double expected_seconds = 0;
  };

  // In the plan's order, of which the first `finished` trials are done.
  TimeLeft(std::vector<Trial> plan, std::size_t finished);

  // The trial at that place in the plan has ended, and with it all before it.
  void ended(std::uint32_t sequence, double seconds);
  double seconds() const;

 private:
  struct Taken {
    double seconds = 0;
    unsigned trials = 0;
  };

  std::vector<Trial> plan_;
  std::size_t next_;
  std::vector<Taken> by_cell_;
  double expected_ = 0;  // of the trials that have ended
  double taken_ = 0;
  double prior_;  // seconds of the plan that count as having come true
};

}  // namespace faultlab::app
