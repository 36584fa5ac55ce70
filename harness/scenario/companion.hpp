// A second thread of a scenario's process, on another CPU, that goes round a task until it is dropped.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <thread>

#include "base/result.hpp"

namespace faultlab::scenario {

class Companion {
 public:
  // Returns when it has gone round once. `task` must not allocate, nor fault once it has run.
  // EOPNOTSUPP where this process may run on one CPU alone.
  static Result<std::unique_ptr<Companion>> start(std::function<void()> task);
  ~Companion();
  Companion(const Companion&) = delete;
  Companion& operator=(const Companion&) = delete;

 private:
  enum class Place { unknown, elsewhere, nowhere };
  Companion() = default;
  void live(int away_from, const std::function<void()>& task);

  std::atomic<Place> place_{Place::unknown};
  std::atomic<bool> leave_{false};
  std::thread thread_;
};

}  // namespace faultlab::scenario
