// A neighbour that stores into its memory, or reads its file, page by page, at a steady rate.
#include "pressure/antagonist_process.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <functional>
#include <thread>

#include "base/units.hpp"
#include "os/fd.hpp"
#include "os/mapping.hpp"

namespace faultlab {
namespace {

// Fine enough to look steady beside a trial of a tenth of a second.
constexpr auto kTick = std::chrono::milliseconds(1);

// Reaches pages by their number, round and round. False: it cannot go on.
using Reach = std::function<bool(std::uint64_t page)>;

bool work(AntagonistPage& page, std::uint64_t pages, std::uint64_t pages_per_second, const Reach& reach) {
  using Clock = std::chrono::steady_clock;
  while (page.go.load() == 0) std::this_thread::sleep_for(kTick);

  const auto began = Clock::now();
  std::uint64_t done = 0;
  for (auto tick = began;; tick += kTick) {
    std::this_thread::sleep_until(tick);
    const double elapsed = std::chrono::duration<double>(Clock::now() - began).count();
    const auto due = static_cast<std::uint64_t>(elapsed * static_cast<double>(pages_per_second));
    // What it could not do in time is not made up for: the rate is the most that it does.
    for (std::uint64_t end = std::min(due, done + pages); done < end; ++done) {
      if (!reach(done % pages)) return false;
      page.accesses.store(done + 1, std::memory_order_relaxed);
    }
  }
}

}  // namespace

int work_as_antagonist(std::uint64_t bytes, std::uint64_t pages_per_second, bool scans_file) {
  const os::Fd fd(kAntagonistFd);
  const os::Fd file(scans_file ? kAntagonistFileFd : -1);
  auto shared = os::Mapping::of_file(fd, Bytes(sizeof(AntagonistPage)), PROT_READ | PROT_WRITE, MAP_SHARED);
  auto memory = os::Mapping::anonymous_small(scans_file ? kPage : Bytes(bytes));
  if (!shared || !memory) return 1;
  const Reach read = [&](std::uint64_t page) {
    const auto at = static_cast<off_t>(page * kPage.value);
    return ::pread(file.get(), memory->data(), kPage.value, at) == static_cast<ssize_t>(kPage.value);
  };
  const Reach store = [&](std::uint64_t page) {
    *reinterpret_cast<volatile std::uint64_t*>(memory->data() + page * kPage.value) = page | 1;
    return true;
  };
  auto& page = *reinterpret_cast<AntagonistPage*>(shared->data());
  return work(page, bytes / kPage.value, pages_per_second, scans_file ? read : store) ? 0 : 1;
}

}  // namespace faultlab
