// Scenarios that end in a signal: traps that no task's account knows.
#include <unistd.h>

#include "host/kernel_release.hpp"
#include "os/signal_catcher.hpp"
#include "scenario/ground.hpp"

namespace faultlab {
namespace {

using namespace scenario;

// Linux 6.4 (arch/x86/lib/copy_user_64.S, copy_user_handle_tail before it).
constexpr host::KernelRelease kFailsOnce{6, 4};

// The handler stays installed to the end of the process, whose only scenario this is.
Result<> catching(Stand& s, int protection) {
  auto reserved = os::AnonRegion::reserve(PageCount(s.pages));
  if (!reserved) return propagate(std::move(reserved));
  s.region = std::move(*reserved);
  if (auto mapped = s.region.map(0, s.pages, protection); !mapped) return mapped;
  auto catcher = os::SignalCatcher::install();
  if (!catcher) return propagate(std::move(catcher));
  catcher->keep();
  return {};
}

Result<> expect_signals(Stand& s) {
  const std::uint64_t caught = os::count_signals(s.region.at(), s.pages, kPageSize);
  if (caught == s.pages) return {};
  return fail("caught " + std::to_string(caught) + " signals of " + std::to_string(s.pages));
}

constexpr Recipe kUnmapped = {
    .prepare = [](Stand& s) -> Result<> {
      if (auto made = catching(s, kReadWrite); !made) return made;
      return s.region.unmap(0, s.pages);
    },
    .act = expect_signals,
    .forecast = [](const Stand& s) -> Result<Forecast> {
      return Forecast{.failed = signed_count(s.pages),
                      .rule = "no mapping: the trap ends in SIGSEGV before any handler (bad_area)"};
    },
    .event_pages = no_whole_pages};

constexpr Recipe kProtected = {
    .prepare = [](Stand& s) { return catching(s, PROT_NONE); },
    .act = expect_signals,
    .forecast = [](const Stand& s) -> Result<Forecast> {
      return Forecast{.failed = signed_count(s.pages),
                      .rule = "PROT_NONE: the trap ends in SIGSEGV before any handler (access_error)"};
    },
    .event_pages = no_whole_pages};

constexpr Recipe kRepaired = {
    .prepare = [](Stand& s) -> Result<> {
      // Neighbours that become alike are merged; a mapping per page stays far below vm.max_map_count.
      os::repair_in_handler(true);
      return catching(s, PROT_NONE);
    },
    .act = write_all_pages,
    .forecast = [](const Stand& s) -> Result<Forecast> {
      return Forecast{
          .minor = signed_count(s.pages),
          .failed = signed_count(s.pages),
          .rule = "each write fails once, the handler's mprotect allows it, then it is a first touch"};
    }};

// write(2) from nowhere: EFAULT. The trap happens in kernel mode, and no signal is sent.
constexpr Recipe kEfault = {
    .prepare = [](Stand& s) -> Result<> {
      auto pipe = os::make_pipe();
      if (!pipe) return propagate(std::move(pipe));
      s.fd2 = std::move(pipe->write_end);
      s.fd = std::move(pipe->read_end);
      return catching(s, PROT_NONE);
    },
    .act = [](Stand& s) -> Result<> {
      for (std::uint64_t i = 0; i < s.pages; ++i) {
        if (::write(s.fd2.get(), s.region.at(i), 1) != -1) return fail("a write from nowhere succeeded");
      }
      return {};
    },
    .forecast = [](const Stand& s) -> Result<Forecast> {
      const auto release = host::kernel_release();
      if (!release) return Failure(release.error());
      const bool twice = *release < kFailsOnce;
      const auto traps = signed_count(s.pages) * (twice ? 2 : 1);
      return Forecast{
          .failed = traps,
          .failed_kernel = traps,
          .rule = twice ? "EFAULT: before Linux 6.4 a failed copy tries its last bytes once more"
                        : "EFAULT: the copy's trap finds no right of access; no signal, no account"};
    },
    .event_pages = no_whole_pages};

}  // namespace

extern const ScenarioSpec segv_unmapped_scenario;
extern const ScenarioSpec segv_protected_scenario;
extern const ScenarioSpec segv_repaired_scenario;
extern const ScenarioSpec efault_scenario;
const ScenarioSpec segv_unmapped_scenario = {
    {.name = "segv_unmapped", .summary = "Reads where nothing is mapped: SIGSEGV"},
    true,
    from_recipe<kUnmapped>};
const ScenarioSpec segv_protected_scenario = {
    {.name = "segv_protected", .summary = "Reads of PROT_NONE memory: SIGSEGV"},
    true,
    from_recipe<kProtected>};
const ScenarioSpec segv_repaired_scenario = {
    {.name = "segv_repaired", .summary = "Writes that a SIGSEGV handler allows with mprotect"},
    true,
    from_recipe<kRepaired>};
const ScenarioSpec efault_scenario = {
    {.name = "efault", .summary = "write(2) from memory that may not be read: EFAULT"},
    true,
    from_recipe<kEfault>};

}  // namespace faultlab
