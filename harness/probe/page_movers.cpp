// Processes told apart through /proc.
#include "probe/page_movers.hpp"

#include <fmt/format.h>

#include <sstream>
#include <utility>

#include "os/file.hpp"

namespace faultlab {
namespace {

constexpr unsigned long kKernelThread = 0x00200000;  // PF_KTHREAD, include/linux/sched.h
constexpr const char* kTrial = "the trial";

}  // namespace

PageMovers::PageMovers(const std::vector<pid_t>& trial, std::string root) : root_(std::move(root)) {
  for (const pid_t process : trial) known_[process] = {Mover::trial, kTrial};
}

void PageMovers::forked(pid_t parent, pid_t child) {
  const auto known = known_.find(parent);
  if (known != known_.end() && known->second.mover == Mover::trial) {
    known_[child] = known->second;
  } else {
    known_.erase(child);  // the number may have been another's before
  }
}

const PageMovers::Who& PageMovers::who(pid_t process) {
  const auto known = known_.find(process);
  if (known != known_.end()) return known->second;
  return known_.emplace(process, look_up(process)).first->second;
}

// "PID (name) state ppid pgrp session tty tpgid flags ...": proc(5).
PageMovers::Who PageMovers::look_up(pid_t process) const {
  const Who unknown{Mover::other, fmt::format("process {}", process)};
  const auto text = os::read_text(fmt::format("{}/proc/{}/stat", root_, process));
  if (!text) return unknown;
  const auto begin = text->find('(');
  const auto end = text->rfind(')');
  if (begin == std::string::npos || end == std::string::npos) return unknown;
  std::istringstream rest(text->substr(end + 1));
  std::string state;
  long parent = 0, group = 0, session = 0, terminal = 0, foreground = 0;
  unsigned long flags = 0;
  rest >> state >> parent >> group >> session >> terminal >> foreground >> flags;
  if (!rest) return unknown;
  return {(flags & kKernelThread) != 0 ? Mover::kernel_thread : Mover::other,
          text->substr(begin + 1, end - begin - 1)};
}

}  // namespace faultlab
