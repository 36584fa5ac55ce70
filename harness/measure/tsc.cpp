// Choosing and calibrating the clock of single accesses.
#include "measure/tsc.hpp"

#include <algorithm>
#include <chrono>
#include <limits>
#include <thread>
#include <vector>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace faultlab {
namespace {

constexpr std::size_t kPairs = 4096;

#if defined(__x86_64__)

// CPUID 8000_0007h, EDX bit 8 (AMD APM vol. 3, Intel SDM vol. 3 "Invariant TSC").
bool tsc_is_invariant() {
  constexpr unsigned kPowerManagement = 0x8000'0007;
  constexpr unsigned kInvariantTsc = 1U << 8;
  unsigned a = 0, b = 0, c = 0, d = 0;
  return __get_cpuid(kPowerManagement, &a, &b, &c, &d) != 0 && (d & kInvariantTsc) != 0;
}

struct Anchor {
  double ns;
  double ticks;
};

// Both clocks at one moment: of several tries, the one that took least.
Anchor anchor() {
  Anchor best{};
  std::uint64_t least = std::numeric_limits<std::uint64_t>::max();
  for (int i = 0; i < 32; ++i) {
    const std::uint64_t before = now_ns();
    const std::uint64_t ticks = __rdtsc();
    const std::uint64_t after = now_ns();
    if (after - before >= least) continue;
    least = after - before;
    best = {static_cast<double>(before + after) / 2, static_cast<double>(ticks)};
  }
  return best;
}

#endif

std::uint64_t median_of(std::vector<std::uint64_t> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace

TickClock TickClock::calibrated() {
#if defined(__x86_64__)
  if (!tsc_is_invariant()) return plain();
  const Anchor first = anchor();
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  const Anchor last = anchor();
  return {true, (last.ns - first.ns) / (last.ticks - first.ticks)};
#else
  return plain();
#endif
}

TickClock TickClock::plain() { return {false, 1.0}; }

double TickClock::pair_ns() const {
  std::vector<std::uint64_t> pairs(kPairs);
  for (std::uint64_t& pair : pairs) {
    const std::uint64_t from = begin();
    pair = end() - from;
  }
  return exact_ns(median_of(std::move(pairs)));
}

double TickClock::link_ns() const {
  std::vector<std::uint64_t> links(kPairs);
  std::uint64_t last = between();
  for (std::uint64_t& link : links) {
    const std::uint64_t now = between();
    link = now - last;
    last = now;
  }
  return exact_ns(median_of(std::move(links)));
}

}  // namespace faultlab
