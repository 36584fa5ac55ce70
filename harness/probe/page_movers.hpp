// Who a process is to a trial: one of its own, a kernel thread, or somebody else.
#pragma once

#include <sys/types.h>

#include <map>
#include <string>
#include <vector>

#include "measure/ledger.hpp"

namespace faultlab {

class PageMovers {
 public:
  // `root` of the kernel's files, as in ProbeTarget.
  PageMovers(const std::vector<pid_t>& trial, std::string root);

  // A process was made; in the order of time with the calls of who().
  void forked(pid_t parent, pid_t child);

  struct Who {
    Mover mover;
    std::string name;  // the command; the pid where it has ended before it could be looked at
  };
  const Who& who(pid_t process);

 private:
  Who look_up(pid_t process) const;

  std::string root_;
  std::map<pid_t, Who> known_;
};

}  // namespace faultlab
