// Child processes.
#include "os/process.hpp"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "os/file_limit.hpp"
#include "os/signal_gate.hpp"

namespace faultlab::os {
namespace {

// Everything the child needs after fork, prepared before it: between fork and exec only
// async-signal-safe calls are allowed (signal-safety(7)).
struct Launch {
  const char* program;
  std::vector<char*> arguments;
  std::vector<std::pair<int, int>> descriptors;
  int entrance;
  std::optional<unsigned> cpu;
  bool dies_with_parent;
  bool own_group;
  pid_t parent;
  rlimit files;
};

[[noreturn]] void report_and_leave(int error_pipe, char stage) {
  const std::array<int, 2> message = {errno, stage};
  [[maybe_unused]] const auto wrote = ::write(error_pipe, message.data(), sizeof message);
  ::_exit(127);
}

bool bind_to(unsigned cpu) {
  cpu_set_t only;
  CPU_ZERO(&only);
  CPU_SET(cpu, &only);
  return ::sched_setaffinity(0, sizeof(only), &only) == 0;
}

[[noreturn]] void become(const Launch& launch, int error_pipe) {
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::signal(SIGPIPE, SIG_DFL);
  ::setrlimit(RLIMIT_NOFILE, &launch.files);
  if (launch.own_group) ::setpgid(0, 0);
  if (launch.dies_with_parent) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    // The parent may have died before the request took effect (prctl(2)).
    if (::getppid() != launch.parent) ::_exit(127);
  }
  // One that cannot be bound tries again, and says so, where its work is bound.
  if (launch.cpu) bind_to(*launch.cpu);
  if (launch.entrance >= 0 && ::write(launch.entrance, "0", 1) != 1) report_and_leave(error_pipe, 'c');
  for (const auto& [ours, theirs] : launch.descriptors) {
    if (!move_to(ours, theirs)) report_and_leave(error_pipe, 'd');
  }
  ::execvp(launch.program, launch.arguments.data());
  report_and_leave(error_pipe, 'x');
}

Failure launch_failure(const SpawnRequest& request, const std::array<int, 2>& message) {
  errno = message[0];
  switch (message[1]) {
    case 'c':
      return os_failure("enter the trial's cgroup",
                        "a limit too small for the program itself is refused here");
    case 'd':
      return os_failure("pass descriptors to " + request.program);
    default:
      return os_failure("execute " + request.program, "check that the program exists and may be executed");
  }
}

}  // namespace

Result<Child> Child::spawn(const SpawnRequest& request) {
  auto status = make_pipe();
  if (!status) return propagate(std::move(status));
  // Above the numbers that the child's descriptors are moved to.
  Fd error_pipe(::fcntl(status->write_end.get(), F_DUPFD_CLOEXEC, 64));
  status->write_end.reset();

  Launch launch{request.program.c_str(), {},          request.descriptors,
                request.cgroup_entrance, request.cpu, request.dies_with_parent,
                request.own_group,       ::getpid(),  original_file_limit()};
  for (const auto& argument : request.arguments)
    launch.arguments.push_back(const_cast<char*>(argument.c_str()));
  launch.arguments.push_back(nullptr);

  const pid_t pid = ::fork();
  if (pid < 0) return os_failure("fork");
  if (pid == 0) become(launch, error_pipe.get());
  error_pipe.reset();

  Child child(pid, Fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))));
  std::array<int, 2> message{};
  ssize_t got = 0;
  do {
    got = ::read(status->read_end.get(), message.data(), sizeof message);
  } while (got < 0 && errno == EINTR);
  if (got == sizeof message) {
    [[maybe_unused]] auto reaped = child.wait();
    return launch_failure(request, message);
  }
  if (!child.pidfd_.held()) return fail("open a pidfd: the kernel is older than 5.3", "use a newer kernel");
  return child;
}

Child::~Child() {
  if (pid_.value == 0 || exit_) return;
  kill();
  [[maybe_unused]] auto reaped = wait();
}

Result<Exit> Child::wait() {
  if (exit_) return *exit_;
  int status = 0;
  pid_t got = 0;
  do {
    got = ::waitpid(pid_.value, &status, 0);
  } while (got < 0 && errno == EINTR);
  if (got < 0) return os_failure("wait for process " + std::to_string(pid_.value));
  exit_ = WIFSIGNALED(status) ? Exit{true, WTERMSIG(status)} : Exit{false, WEXITSTATUS(status)};
  return *exit_;
}

void Child::kill() {
  if (pid_.value != 0 && !exit_) ::kill(pid_.value, SIGKILL);
}

void Child::kill_group() {
  if (pid_.value != 0 && !exit_) ::kill(-pid_.value, SIGKILL);
}

void Child::interrupt() {
  if (pid_.value != 0 && !exit_) ::kill(pid_.value, SIGINT);
}

pid_t thread_id() { return ::gettid(); }

Result<> stay_on_this_cpu() {
  return bind_to(static_cast<unsigned>(::sched_getcpu())) ? Result<>() : os_failure("stay on one CPU");
}

Result<> on_each_cpu(const std::function<Result<>()>& act) {
  cpu_set_t before;
  if (::sched_getaffinity(0, sizeof(before), &before) != 0)
    return os_failure("ask where this thread may run");
  Result<> done;
  const auto processors = static_cast<unsigned>(::sysconf(_SC_NPROCESSORS_CONF));
  for (unsigned cpu = 0; cpu < processors && done; ++cpu) {
    if (bind_to(cpu)) done = act();  // else it is offline, or not ours
  }
  if (::sched_setaffinity(0, sizeof(before), &before) != 0)
    return os_failure("let this thread run where it ran");
  return done;
}

Result<Exit> run_to_end(const std::vector<std::string>& command) {
  auto gate = SignalGate::open();
  if (!gate) return propagate(std::move(gate));
  auto child = Child::spawn({.program = command.front(), .arguments = command});
  if (!child) return propagate(std::move(child));
  for (unsigned ready = 0; (ready & 1U) == 0;) {
    auto waited = wait_readable({&child->pidfd(), &gate->fd()}, -1);
    if (!waited) return propagate(std::move(waited));
    ready = *waited;
    if (ready & 2U && gate->raised()) child->interrupt();
  }
  return child->wait();
}

std::string own_path() {
  std::array<char, 4096> buffer{};
  const ssize_t length = ::readlink("/proc/self/exe", buffer.data(), buffer.size());
  return length < 0 ? std::string() : std::string(buffer.data(), static_cast<std::size_t>(length));
}

}  // namespace faultlab::os
