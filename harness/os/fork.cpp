// Forked copies.
#include "os/fork.hpp"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "os/file.hpp"

namespace faultlab::os {
namespace {

// Answers every byte, for ever: after two rounds it has met all the code and stack that it needs.
[[noreturn]] void answer(int questions, int answers, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(0);
  char byte = 0;
  while (::read(questions, &byte, 1) == 1 && ::write(answers, &byte, 1) == 1) {
  }
  ::_exit(0);
}

bool ask(const Fd& questions, const Fd& answers) {
  char byte = 0;
  return ::write(questions.get(), &byte, 1) == 1 && ::read(answers.get(), &byte, 1) == 1;
}

// The state letter of /proc/PID/stat, which follows the name in parentheses (proc(5)).
bool sleeps(pid_t pid) {
  const auto text = read_text("/proc/" + std::to_string(pid) + "/stat");
  const auto at = text ? text->rfind(") S ") : std::string::npos;
  return at != std::string::npos;
}

[[noreturn]] void end_as(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFSIGNALED(status)) {
    ::signal(WTERMSIG(status), SIG_DFL);
    ::kill(::getpid(), WTERMSIG(status));
  }
  ::_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}

}  // namespace

Result<IdleCopy> IdleCopy::make() {
  auto questions = make_pipe();
  if (!questions) return propagate(std::move(questions));
  auto answers = make_pipe();
  if (!answers) return propagate(std::move(answers));
  IdleCopy copy;
  const pid_t parent = ::getpid();
  copy.pid_ = ::fork();
  if (copy.pid_ < 0) return os_failure("fork");
  if (copy.pid_ == 0) answer(questions->read_end.get(), answers->write_end.get(), parent);
  copy.wake_ = std::move(questions->write_end);
  for (int round = 0; round < 3; ++round) {
    if (!ask(copy.wake_, answers->read_end)) return fail("the forked copy does not answer");
  }
  // Its last answer is written; it still has to go back to waiting.
  for (int i = 0; i < 1000 && !sleeps(copy.pid_); ++i) ::usleep(1000);
  return copy;
}

IdleCopy& IdleCopy::operator=(IdleCopy&& other) noexcept {
  if (this != &other) {
    end();
    pid_ = std::exchange(other.pid_, 0);
    wake_ = std::move(other.wake_);
  }
  return *this;
}

void IdleCopy::end() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
  pid_ = 0;
}

Result<> continue_in_child() {
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) return os_failure("fork");
  if (child > 0) end_as(child);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(1);
  // What it still does before it sleeps would be counted with us.
  for (int i = 0; i < 1000 && !sleeps(parent); ++i) ::usleep(1000);
  return {};
}

}  // namespace faultlab::os
