// A process of its own that takes back what a run has changed on the host, at once, when the run is killed.
// Without it, the host stays changed until the next run or `faultlab recover`.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "base/result.hpp"
#include "os/process.hpp"

namespace faultlab::host {

// While it lives, this process is watched. It does not keep the guardian from being killed, too: `renew`
// starts another one then.
class Guardian {
 public:
  static Result<Guardian> start(std::string journal_folder);
  Result<> renew();

 private:
  Guardian(std::string folder, os::Child child) : folder_(std::move(folder)), child_(std::move(child)) {}
  static Result<os::Child> spawn(const std::string& journal_folder);

  std::string folder_;
  std::optional<os::Child> child_;
};

// The hidden command-line word; the journal folder and the watched process follow it.
inline constexpr const char* kGuardianWord = "guardian";

// Waits for the end of the watched process, then recovers. Returns an exit status.
int work_as_guardian(const std::string& journal_folder, const std::string& watched);

}  // namespace faultlab::host
