// userfaultfd(2): faults that another thread of the program ends. A round trip each: the trap, the handler's
// wake-up, its ioctl(2), and the faulting thread's wake-up.
#include <cerrno>

#include "host/kernel_release.hpp"
#include "os/file.hpp"
#include "os/user_faults.hpp"
#include "scenario/ground.hpp"

namespace faultlab {
namespace {

using namespace scenario;

// mm/memory.c, mm_account_fault: before, pgfault counted a fault once more when it was tried again.
constexpr host::KernelRelease kRetriesCountOnce{6, 4};
// fs/userfaultfd.c under the lock of the area alone: the second attempt is not marked as one
// (arch/x86/mm/fault.c), so that the fault ends as minor. Before, it was major (mm/memory.c,
// mm_account_fault: FAULT_FLAG_TRIED).
constexpr host::KernelRelease kUnderAreaLock{6, 7};

Result<> open_for(Stand& s, os::UserFaults::Kind kind) {
  const auto release = host::kernel_release();
  if (!release) return Failure(release.error());
  if (*release < kRetriesCountOnce)
    return fail("this kernel counts a fault that is tried again twice", "use Linux 6.4 or later", EOPNOTSUPP);
  auto opened = os::UserFaults::open(kind);
  if (!opened) return propagate(std::move(opened));
  s.user_faults = std::move(*opened);
  return {};
}

bool copy_in(const Stand& s, std::uint64_t page) {
  return s.user_faults.copy_in(page, s.other.at(), kPageSize) == 0;
}
bool go_on(const Stand& s, std::uint64_t page) { return s.user_faults.let_be_mapped(page); }
bool unprotect(const Stand& s, std::uint64_t page) { return s.user_faults.allow_write(page); }

// Waits as servers do, asleep, though not for ever: it has to see when it is to leave.
template <bool (*kAnswer)(const Stand&, std::uint64_t)>
void serve(Stand& s) {
  constexpr int kPatienceMs = 20;
  if (const auto page = s.user_faults.next(kPatienceMs)) static_cast<void>(kAnswer(s, *page));
}

Result<> fewer_pages(Stand& s) {
  constexpr std::uint64_t kPart = 8;  // a round trip takes as long as several faults
  s.pages /= kPart;
  return s.small_pages();
}

Result<> prepare_missing(Stand& s) {
  if (auto opened = open_for(s, os::UserFaults::Kind::missing); !opened) return opened;
  auto source = os::AnonRegion::reserve(PageCount(1));
  if (!source) return propagate(std::move(source));
  s.other = std::move(*source);
  if (auto mapped = s.other.map(0, 1, kReadWrite); !mapped) return mapped;
  write_pages(s.other.at(), 1);
  if (auto made = fewer_pages(s); !made) return made;
  if (auto watched = s.user_faults.watch(s.region.at(), s.pages); !watched) return watched;
  return s.accompany(serve<copy_in>);
}

// In shared memory: the page is there, written through another mapping, and not mapped here.
Result<> prepare_minor(Stand& s) {
  if (auto opened = open_for(s, os::UserFaults::Kind::minor); !opened) return opened;
  if (auto made = fewer_pages(s); !made) return made;
  auto memory = os::make_memfd("faultlab-scenario", Bytes(s.pages * kPageSize));
  if (!memory) return propagate(std::move(memory));
  s.fd2 = std::move(*memory);
  auto second = os::AnonRegion::reserve(PageCount(s.pages));
  if (!second) return propagate(std::move(second));
  s.other = std::move(*second);
  for (os::AnonRegion* region : {&s.other, &s.region}) {
    if (auto mapped = region->map_file(s.fd2, s.pages); !mapped) return mapped;
    [[maybe_unused]] auto advised = region->advise(0, s.pages, MADV_NOHUGEPAGE);
  }
  write_pages(s.other.at(), s.pages);
  if (auto watched = s.user_faults.watch(s.region.at(), s.pages); !watched) return watched;
  return s.accompany(serve<go_on>);
}

Result<> prepare_write_protect(Stand& s) {
  if (auto opened = open_for(s, os::UserFaults::Kind::write_protected); !opened) return opened;
  if (auto made = fewer_pages(s); !made) return made;
  write_pages(s.region.at(), s.pages);
  if (auto watched = s.user_faults.watch(s.region.at(), s.pages); !watched) return watched;
  return s.accompany(serve<unprotect>);
}

Result<Forecast> one_round_trip_each(const Stand& s) {
  const auto release = host::kernel_release();
  if (!release) return Failure(release.error());
  const auto faults = signed_count(s.pages);
  if (*release < kUnderAreaLock)
    return Forecast{.major = faults, .rule = "a fault that waits is tried again, and counted as major"};
  return Forecast{.minor = faults,
                  .rule = "a fault that waits for its handler under the area's lock ends as minor"};
}

constexpr Recipe kMissing = {
    .prepare = prepare_missing, .act = write_all_pages, .forecast = one_round_trip_each};
constexpr Recipe kMinor = {.prepare = prepare_minor, .act = read_all_pages, .forecast = one_round_trip_each};
constexpr Recipe kWriteProtect = {
    .prepare = prepare_write_protect, .act = write_all_pages, .forecast = one_round_trip_each};

}  // namespace

extern const ScenarioSpec uffd_missing_scenario, uffd_minor_scenario, uffd_write_protect_scenario;
const ScenarioSpec uffd_missing_scenario = {
    {.name = "uffd_missing", .summary = "userfaultfd: first write, the handler copies a page in"},
    true,
    from_recipe<kMissing>};
const ScenarioSpec uffd_minor_scenario = {
    {.name = "uffd_minor", .summary = "userfaultfd: read of shared memory, the handler lets it be mapped"},
    true,
    from_recipe<kMinor>};
const ScenarioSpec uffd_write_protect_scenario = {
    {.name = "uffd_write_protect",
     .summary = "userfaultfd: write to a protected page, the handler allows it"},
    true,
    from_recipe<kWriteProtect>};

}  // namespace faultlab
