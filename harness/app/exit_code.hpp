// The documented exit codes.
#pragma once

namespace faultlab::app {

enum class ExitCode {
  ok = 0,
  some_trials_failed = 1,  // or, with --strict, an expectation was refuted
  usage = 2,               // a wrong command line or config; nothing was done
  host_cannot = 3,         // a requirement is unmet; the message says which, and the remedy
  interrupted = 130,
  reader_gone = 141,  // whoever read our output has left, as `head` does; the host is restored
};

}  // namespace faultlab::app
