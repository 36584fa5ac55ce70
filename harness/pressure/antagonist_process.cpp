// A neighbour that stores into its memory, page by page, at a steady rate.
#include "pressure/antagonist_process.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <thread>

#include "base/units.hpp"
#include "os/fd.hpp"
#include "os/mapping.hpp"

namespace faultlab {
namespace {

// Fine enough to look steady beside a trial of a tenth of a second.
constexpr auto kTick = std::chrono::milliseconds(1);

}  // namespace

int work_as_antagonist(std::uint64_t bytes, std::uint64_t pages_per_second) {
  using Clock = std::chrono::steady_clock;
  const os::Fd fd(kAntagonistFd);
  auto shared = os::Mapping::of_file(fd, Bytes(sizeof(AntagonistPage)), PROT_READ | PROT_WRITE, MAP_SHARED);
  auto memory = os::Mapping::anonymous_small(Bytes(bytes));
  if (!shared || !memory) return 1;
  auto& page = *reinterpret_cast<AntagonistPage*>(shared->data());
  while (page.go.load() == 0) std::this_thread::sleep_for(kTick);

  const auto began = Clock::now();
  const std::uint64_t pages = bytes / kPage.value;
  std::uint64_t done = 0;
  for (auto tick = began;; tick += kTick) {
    std::this_thread::sleep_until(tick);
    const double elapsed = std::chrono::duration<double>(Clock::now() - began).count();
    const auto due = static_cast<std::uint64_t>(elapsed * static_cast<double>(pages_per_second));
    // What it could not do in time is not made up for: the rate is the most that it does.
    for (std::uint64_t end = std::min(due, done + pages); done < end; ++done) {
      auto* at = memory->data() + done % pages * kPage.value;
      *reinterpret_cast<volatile std::uint64_t*>(at) = done | 1;
      page.accesses.store(done + 1, std::memory_order_relaxed);
    }
  }
}

}  // namespace faultlab
