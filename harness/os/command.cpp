// Short external commands by posix_spawnp(3).
#include "os/command.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <sstream>
#include <system_error>

#include "os/fd.hpp"
#include "os/process.hpp"

namespace faultlab::os {
namespace {

// The standard streams of the command to be.
class Streams {
 public:
  Streams() { ::posix_spawn_file_actions_init(&actions_); }
  ~Streams() { ::posix_spawn_file_actions_destroy(&actions_); }
  Streams(const Streams&) = delete;
  Streams& operator=(const Streams&) = delete;

  // False: out of memory.
  bool connect(const Fd& output) {
    return ::posix_spawn_file_actions_addopen(&actions_, 0, "/dev/null", O_RDONLY, 0) == 0 &&
           ::posix_spawn_file_actions_adddup2(&actions_, output.get(), 1) == 0 &&
           ::posix_spawn_file_actions_addopen(&actions_, 2, "/dev/null", O_WRONLY, 0) == 0;
  }
  const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_;
};

Result<int> wait_for(pid_t pid, const std::string& name) {
  int raw = 0;
  while (::waitpid(pid, &raw, 0) < 0) {
    if (errno != EINTR) return os_failure("wait for " + name);
  }
  return WIFEXITED(raw) ? WEXITSTATUS(raw) : 128 + WTERMSIG(raw);
}

}  // namespace

Result<CommandOutput> run_command(const std::vector<std::string>& arguments) {
  const std::string& name = arguments.front();
  auto pipe = make_pipe();
  if (!pipe) return propagate(std::move(pipe), "run " + name);
  Streams streams;
  if (!streams.connect(pipe->write_end)) return fail("run " + name + ": no memory for its streams");

  std::vector<char*> argv;
  for (const auto& each : arguments) argv.push_back(const_cast<char*>(each.c_str()));
  argv.push_back(nullptr);
  pid_t pid = 0;
  const int code = ::posix_spawnp(&pid, name.c_str(), streams.get(), nullptr, argv.data(), environ);
  if (code != 0) return fail("run " + name + ": " + std::generic_category().message(code), {}, code);

  pipe->write_end.reset();  // else the read below never ends
  auto output = read_all(pipe->read_end, "read what " + name + " prints");
  pipe->read_end.reset();
  auto status = wait_for(pid, name);
  if (!output) return propagate(std::move(output));
  if (!status) return propagate(std::move(status));
  return CommandOutput{*status, std::move(*output)};
}

Result<CommandOutput> run_tool(const std::vector<std::string>& arguments) {
  const std::string task = "run " + arguments.front();
  auto pipe = make_pipe();
  if (!pipe) return propagate(std::move(pipe), task);
  auto nothing = open_fd("/dev/null", O_RDONLY);
  if (!nothing) return propagate(std::move(nothing), task);
  const int output_end = pipe->write_end.get();
  auto child = Child::spawn({.program = arguments.front(),
                             .arguments = arguments,
                             .descriptors = {{nothing->get(), 0}, {output_end, 1}, {output_end, 2}}});
  if (!child) return propagate(std::move(child), task);
  pipe->write_end.reset();
  auto output = read_all(pipe->read_end, "read what " + arguments.front() + " prints");
  auto exit = child->wait();
  if (!output) return propagate(std::move(output));
  if (!exit) return propagate(std::move(exit));
  return CommandOutput{exit->signalled ? 128 + exit->code : exit->code, std::move(*output)};
}

std::string find_tool(const std::string& name) {
  if (name.find('/') != std::string::npos) return ::access(name.c_str(), X_OK) == 0 ? name : std::string();
  const char* path = std::getenv("PATH");
  std::istringstream folders((path == nullptr ? std::string() : std::string(path) + ":") + "/usr/sbin:/sbin");
  for (std::string folder; std::getline(folders, folder, ':');) {
    const std::string candidate = folder + "/" + name;
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return {};
}

}  // namespace faultlab::os
