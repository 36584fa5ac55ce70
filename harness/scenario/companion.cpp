// Another CPU than the caller's, from those that the cpuset allows.
#include "scenario/companion.hpp"

#include <sched.h>
#include <unistd.h>

#include <cerrno>

#include "os/fd.hpp"

namespace faultlab::scenario {
namespace {

// Binding is inherited and may be narrow; a thread may widen its own as far as its cpuset reaches.
bool go_elsewhere(int from) {
  const auto configured = static_cast<int>(::sysconf(_SC_NPROCESSORS_CONF));
  for (int cpu = 0; cpu < configured; ++cpu) {
    if (cpu == from) continue;
    cpu_set_t only;
    CPU_ZERO(&only);
    CPU_SET(cpu, &only);
    if (::sched_setaffinity(0, sizeof only, &only) == 0) return true;
  }
  return false;
}

}  // namespace

Result<std::unique_ptr<Companion>> Companion::start(std::function<void()> task) {
  std::unique_ptr<Companion> companion(new Companion());
  companion->thread_ = std::thread(
      [&self = *companion, here = ::sched_getcpu(), task = std::move(task)] { self.live(here, task); });
  companion->place_.wait(Place::unknown);
  if (companion->place_.load() == Place::elsewhere) return companion;
  return fail("this process may run on one CPU alone", "give it a second one", EOPNOTSUPP);
}

void Companion::live(int away_from, const std::function<void()>& task) {
  const bool moved = go_elsewhere(away_from);
  if (moved) task();
  place_.store(moved ? Place::elsewhere : Place::nowhere);
  place_.notify_one();
  while (moved && !leave_.load(std::memory_order_relaxed)) task();
}

Companion::~Companion() {
  leave_.store(true);
  if (thread_.joinable()) thread_.join();
}

}  // namespace faultlab::scenario
