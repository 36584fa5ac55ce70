// Something that a pressure does at regular moments, in a thread of its own, until it fails or is told to
// stop.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>

#include "base/result.hpp"
#include "catalogue/row.hpp"
#include "measure/reading.hpp"

namespace faultlab {

inline constexpr OptionSpec kEverySeconds = {.name = "every_seconds",
                                             .type = OptionType::number,
                                             .fallback = "0.1",
                                             .meaning = "from one time to the next",
                                             .minimum = 0.001,
                                             .maximum = 3600};

// What `act` refers to outlives it: the last member of its owner.
class Periodic {
 public:
  void begin(double every_seconds, std::function<Result<>()> act) {
    thread_ = std::jthread([this, every = std::chrono::duration<double>(every_seconds),
                            act = std::move(act)](const std::stop_token& stop) { work(stop, every, act); });
  }
  void end() { thread_ = {}; }

  // Both after end(). Why it stopped by itself; nothing where it did not.
  const std::optional<std::string>& error() const { return error_; }
  // A count of what was done, missing where it ended before its time.
  Value told(std::uint64_t count) const { return error_ ? Value(Missing{*error_}) : Value::count(count); }

 private:
  void work(const std::stop_token& stop, std::chrono::duration<double> every,
            const std::function<Result<>()>& act) {
    std::mutex mutex;
    std::condition_variable_any pause;
    std::unique_lock lock(mutex);
    while (!pause.wait_for(lock, stop, every, [&] { return stop.stop_requested(); })) {
      if (auto done = act(); !done) {
        error_ = done.error().what;
        return;
      }
    }
  }

  std::optional<std::string> error_;
  std::jthread thread_;  // last: it ends before what it uses
};

}  // namespace faultlab
