// What the scenarios over anonymous memory share: a state, a recipe of three steps, and page loops that
// neither allocate nor call.
#pragma once

#include <sys/mman.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/units.hpp"
#include "catalogue/scenario_spec.hpp"
#include "os/anon_region.hpp"
#include "os/fd.hpp"
#include "os/fork.hpp"
#include "os/user_faults.hpp"
#include "scenario/companion.hpp"
#include "scenario/team.hpp"

namespace faultlab::scenario {

inline constexpr std::size_t kPageSize = kPage.value;
inline constexpr int kReadWrite = PROT_READ | PROT_WRITE;

// One write, one read per page, in ascending order.
inline void write_pages(std::byte* at, std::uint64_t pages) {
  volatile std::byte* place = at;
  for (std::uint64_t i = 0; i < pages; ++i) place[i * kPageSize] = std::byte{1};
}
inline void read_pages(const std::byte* at, std::uint64_t pages) {
  const volatile std::byte* place = at;
  for (std::uint64_t i = 0; i < pages; ++i) static_cast<void>(place[i * kPageSize]);
}

constexpr std::int64_t signed_count(std::uint64_t n) { return static_cast<std::int64_t>(n); }

// What one scenario of this kind stands on. A recipe uses what it needs.
struct Stand {
  std::string folder;
  std::uint64_t pages = 0;
  os::AnonRegion region;  // `pages` at its beginning
  os::AnonRegion other;   // a second one: a target, a touched buffer
  os::Fd fd;
  os::Fd fd2;
  os::UserFaults user_faults;
  os::IdleCopy copy;
  std::uint64_t window = 1;               // pages that one fault maps
  std::vector<std::uint64_t> order = {};  // of pages
  std::byte* at = nullptr;                // where a walk stands
  std::uint64_t sum = 0;                  // of what was read
  std::unique_ptr<Team> team;             // last: its threads end before what they touch
  std::unique_ptr<Companion> companion;

  // Reserves and maps `pages` of 4 KiB memory, untouched, out of reach of huge pages.
  Result<> small_pages();
  // The same, and written.
  Result<> small_pages_written();
  // `task` goes round in a second thread, on another CPU.
  Result<> accompany(void (*task)(Stand& stand));
};

// A scenario as data.
struct Recipe {
  Result<> (*prepare)(Stand& stand);
  Result<> (*act)(Stand& stand);
  Result<Forecast> (*forecast)(const Stand& stand);
  std::string (*verify)(const Stand& stand) = [](const Stand&) { return std::string(); };
  std::uint64_t (*events)(const Stand& stand) = [](const Stand& stand) { return stand.pages; };
  std::uint64_t (*event_pages)(const Stand& stand) = [](const Stand&) { return std::uint64_t{1}; };
};

// Of recipes whose events are not whole pages.
constexpr std::uint64_t no_whole_pages(const Stand&) { return 0; }

class FromRecipe final : public Scenario {
 public:
  explicit FromRecipe(const Recipe& recipe) : recipe_(recipe) {}
  Result<> prepare(const Ground& ground) override {
    stand_.folder = ground.folder;
    stand_.pages = ground.pages;
    return recipe_.prepare(stand_);
  }
  Result<Forecast> forecast() override { return recipe_.forecast(stand_); }
  Result<> act() noexcept override { return recipe_.act(stand_); }
  std::uint64_t events() const override { return recipe_.events(stand_); }
  std::uint64_t event_pages() const override { return recipe_.event_pages(stand_); }
  std::string verify() override { return recipe_.verify(stand_); }

 private:
  const Recipe& recipe_;
  Stand stand_;
};

template <const Recipe& recipe>
std::unique_ptr<Scenario> from_recipe() {
  return std::make_unique<FromRecipe>(recipe);
}

// Steps that many recipes have in common.
inline Result<> write_all_pages(Stand& s) {
  write_pages(s.region.at(), s.pages);
  return {};
}
inline Result<> read_all_pages(Stand& s) {
  read_pages(s.region.at(), s.pages);
  return {};
}

// Every page faults once: in user mode, in the kernel's copying, or without a trap.
Forecast in_user_mode(std::uint64_t faults, std::string rule);
Forecast in_kernel_mode(std::uint64_t faults, std::string rule);
Forecast without_trap(std::uint64_t faults, std::string rule);
Forecast nothing(std::string rule);
// Why a store after a load is nothing where loads share no page of zeros (os/zero_page.hpp).
inline constexpr const char* kNoZeroPage =
    "this kernel shares no page of zeros: a load got a page of its own";

}  // namespace faultlab::scenario
