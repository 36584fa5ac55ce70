// Endings by signal and by exit status.
#include "run/ending.hpp"

#include <fmt/format.h>
#include <signal.h>

#include <cstring>

#include "dataset/dataset.hpp"

namespace faultlab::run {

using record::Outcome;

Outcome outcome_of(int signal) {
  const bool crash =
      signal == SIGSEGV || signal == SIGBUS || signal == SIGABRT || signal == SIGILL || signal == SIGFPE;
  return crash ? Outcome::crashed : Outcome::signalled;
}

Ending ending_of(const os::Exit& exit, const ProgressPage& progress, const DataFile& dataset) {
  if (!exit.signalled) {
    return {Outcome::failed, fmt::format("the trial's process ended early with exit status {}", exit.code)};
  }
  const std::uint64_t accesses = progress.total_accesses();
  if (exit.code == SIGBUS && progress.unreadable.load() != 0) {
    const std::uint64_t offset = progress.unreadable_offset.load();
    return {Outcome::failed,
            fmt::format("access at byte {} of the mapped dataset ended in signal {} ({}) after {} "
                        "accesses: {}",
                        offset, SIGBUS, ::strsignal(SIGBUS), accesses,
                        dataset::why_unreadable(dataset.path, dataset.size, offset))};
  }
  return {outcome_of(exit.code),
          fmt::format("the trial's process was ended by signal {} ({}) after {} accesses", exit.code,
                      ::strsignal(exit.code), accesses)};
}

}  // namespace faultlab::run
