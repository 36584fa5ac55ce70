// From exec to exit.
#include "run/command_run.hpp"

#include <fmt/format.h>
#include <string.h>

#include "measure/clock.hpp"
#include "os/process.hpp"
#include "run/protocol.hpp"

namespace faultlab::run {

Result<Window> run_command(const std::vector<std::string>& command, std::optional<int>& signal) {
  const std::uint64_t begin = now_ns();
  auto child = os::Child::spawn({.program = command.front(),
                                 .arguments = command,
                                 .descriptors = {{kOutputFd, 1}, {kOutputFd, 2}},
                                 .own_group = false});
  if (!child) return propagate(std::move(child));
  auto exit = child->wait();
  if (!exit) return propagate(std::move(exit));
  if (exit->signalled) {
    signal = exit->code;
    return fail(
        fmt::format("{} was ended by signal {} ({})", command.front(), exit->code, ::strsignal(exit->code)));
  }
  if (exit->code != 0) return fail(fmt::format("{} ended with exit status {}", command.front(), exit->code));
  const Missing unseen{"a command's accesses cannot be seen from outside"};
  return Window{.wall_ns = Value::count(now_ns() - begin),
                .setup_ns = Missing{"a command has no set-up of its own"},
                .accesses = unseen,
                .stores = unseen,
                .idle_ns = Missing{"a command's threads are not followed"}};
}

}  // namespace faultlab::run
