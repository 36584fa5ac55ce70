// Sums over the senders, and what the receiver says.
#include "run/transfer_readings.hpp"

#include <algorithm>

namespace faultlab::run {
namespace {

Value sum_of(const std::vector<Tally>& tallies, std::uint64_t Sent::*field) {
  std::uint64_t sum = 0;
  for (const Tally& tally : tallies) sum += tally.sent.*field;
  return Value::count(sum);
}

// From the first call of a sender to the end of the last one's last.
Value sending_ns(const std::vector<Tally>& tallies) {
  const auto first = std::min_element(tallies.begin(), tallies.end(),
                                      [](const auto& a, const auto& b) { return a.begin_ns < b.begin_ns; });
  const auto last = std::max_element(tallies.begin(), tallies.end(),
                                     [](const auto& a, const auto& b) { return a.end_ns < b.end_ns; });
  return Value::count(last->end_ns - first->begin_ns);
}

}  // namespace

void add_transfer(Readings& readings, const std::vector<Tally>& tallies, const Delivery& delivery) {
  const auto put = [&](const char* metric, std::uint64_t Sent::*field) {
    readings.push_back({metric, "engine", sum_of(tallies, field)});
  };
  put("syscalls", &Sent::calls);
  put("partial_syscalls", &Sent::partial_calls);
  put("buffered_read_bytes", &Sent::read_bytes);
  put("uring_read_bytes", &Sent::uring_read_bytes);
  put("zero_copy_bytes", &Sent::zero_copy_bytes);
  put("copied_after_all_bytes", &Sent::copied_after_all_bytes);
  readings.push_back({"sending_ns", "worker", sending_ns(tallies)});
  for (const Reading& each : delivery.readings()) readings.push_back(each);
}

}  // namespace faultlab::run
