// Spinning, and giving way to those who have work: there may be more threads than CPUs.
#include "scenario/team.hpp"

#include <sched.h>

#include <array>

namespace faultlab::scenario {
namespace {

constexpr int kSpins = 2000;

template <class Condition>
void wait_for(Condition condition) {
  for (int spins = 0; !condition(); ++spins) {
    if (spins > kSpins) ::sched_yield();
  }
}

// Deeper than anything that a task calls.
void deepen_stack() {
  std::array<char, 64UL << 10> depth;
  volatile char* place = depth.data();
  for (std::size_t at = 0; at < depth.size(); at += 4096) place[at] = 0;
}

}  // namespace

Team::Team(unsigned size, Task task, void* state) : task_(task), state_(state), members_(size) {
  for (unsigned i = 0; i < size; ++i) threads_.emplace_back([this, i] { live(i); });
  // All have deepened their stacks and gone once around the loop.
  wait_for([&] { return finished_.load() == members_; });
}

Team::~Team() {
  leave_.store(true);
  rounds_.fetch_add(1);
  for (std::thread& thread : threads_) thread.join();
}

void Team::live(unsigned index) {
  deepen_stack();
  finished_.fetch_add(1);
  for (std::uint64_t round = 1;; ++round) {
    wait_for([&] { return rounds_.load(std::memory_order_acquire) >= round; });
    if (leave_.load()) return;
    task_(state_, index, *this);
    finished_.fetch_add(1, std::memory_order_release);
  }
}

void Team::run() {
  const std::uint64_t round = rounds_.fetch_add(1, std::memory_order_release) + 1;
  wait_for([&] { return finished_.load(std::memory_order_acquire) == (round + 1) * members_; });
}

void Team::meet(std::uint64_t& times) {
  const std::uint64_t wanted = ++times * members_;
  arrivals_.fetch_add(1, std::memory_order_acq_rel);
  wait_for([&] { return arrivals_.load(std::memory_order_acquire) >= wanted; });
}

}  // namespace faultlab::scenario
