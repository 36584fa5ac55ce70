// The documented exit codes.
#pragma once

#include <array>
#include <string_view>

namespace faultlab::app {

enum class ExitCode {
  ok = 0,
  some_trials_failed = 1,  // or, with --strict, an expectation was refuted
  usage = 2,               // a wrong command line or config; nothing was done
  host_cannot = 3,         // a requirement is unmet; the message says which, and the remedy
  interrupted = 130,
  reader_gone = 141,  // whoever read our output has left, as `head` does; the host is restored
};

// As --help and the manual page say it.
struct ExitMeaning {
  ExitCode code;
  std::string_view meaning;
};
inline constexpr auto kExitMeanings = std::to_array<ExitMeaning>({
    {ExitCode::ok, "ok"},
    {ExitCode::some_trials_failed,
     "some trials failed (or, with --strict, an expectation was refuted, or a scenario did not close)"},
    {ExitCode::usage, "usage or config error"},
    {ExitCode::host_cannot, "the host cannot do it: which requirement, and the remedy, is in the message"},
    {ExitCode::interrupted, "interrupted, the host restored"},
    {ExitCode::reader_gone, "whoever read the output has left, the host restored"},
});

}  // namespace faultlab::app
