// Scripts of plots/.
#include "app/scripts.hpp"

#include "app/paths.hpp"
#include "app/terminal.hpp"
#include "os/process.hpp"

namespace faultlab::app {

ExitCode run_script(const std::string& script, std::vector<std::string> arguments) {
  const std::string root = project_root();
  if (root.empty()) {
    print_error("the folder plots/ was not found", "set FAULTLAB_ROOT to the project's folder");
    return ExitCode::host_cannot;
  }
  std::vector<std::string> command = {"/usr/bin/python3", root + "/plots/" + script};
  command.insert(command.end(), arguments.begin(), arguments.end());
  const auto exit = os::run_to_end(command);
  if (!exit) {
    print_error(exit.error());
    return ExitCode::host_cannot;
  }
  if (exit->signalled) return ExitCode::interrupted;
  const auto code = static_cast<ExitCode>(exit->code);
  const bool documented = exit->code <= 3 || code == ExitCode::interrupted || code == ExitCode::reader_gone;
  return documented ? code : ExitCode::host_cannot;
}

}  // namespace faultlab::app
