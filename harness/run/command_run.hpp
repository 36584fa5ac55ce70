// A program of the user's as a trial's work, and what it says of itself.
//
// It is told in its environment where to write: FAULTLAB_REPORT names a file that takes lines, FAULTLAB_GO
// one that gives them. The lines that it may write: `accesses N` and `bytes N`, which add up, `checksum HEX`,
// which adds up in 64 bits, and around what is to be measured `begin` and `end`, after each of which it reads
// one line. See docs/applications.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "measure/progress.hpp"
#include "measure/reading.hpp"
#include "os/fd.hpp"
#include "os/line_channel.hpp"
#include "os/process.hpp"
#include "run/protocol.hpp"

namespace faultlab::run {

// What a program has said of its work; nothing of what it did not mention.
struct Report {
  std::optional<std::uint64_t> accesses = {};
  std::optional<std::uint64_t> bytes = {};
  std::optional<std::uint64_t> checksum = {};

  // A line that counts; an error says what is wrong with one that does not.
  Result<> enter(const std::string& line);
};

// As a record has the work of one thread; nothing where the program said nothing.
std::optional<Json> work_of(const Report& report);

// The source `command`.
void add_report(Readings& readings, const Report& report);

class CommandRun {
 public:
  // Starts it. `progress` gets its accesses as it reports them, and outlives the run.
  static Result<CommandRun> start(std::vector<std::string> command, ProgressPage* progress);

  // Until it has written `begin`, and waits; its threads stand on the progress page then.
  Result<> to_begin();
  // Lets it go on, until it has written `end`, and waits; when that was.
  Result<std::uint64_t> to_end();
  // Lets it go on, where it waits, and on to its exit.
  Result<> to_exit();

  const Report& report() const { return report_; }
  // Of the signal that ended it, where one did: an ending of its own, not a mere failure.
  std::optional<int> ended_by() const { return ended_by_; }

 private:
  enum class Met { report, begin, end, exit };
  CommandRun(std::vector<std::string> command, os::Child child, os::LineReader lines, os::LineWriter answers,
             os::Fd report_end, os::Fd go_end, ProgressPage* progress);
  // Its lines until it has written one that it waits after, or ended.
  Result<Met> listen();
  Result<Met> hear(const std::string& line);
  Result<> answer();
  Result<> judge_exit();
  void announce_threads();
  // Takes back those that slept all the time: their time is nobody's.
  void forget_sleepers();

  std::string name_;
  os::Child child_;
  os::LineReader lines_;
  os::LineWriter answers_;
  os::Fd report_end_;  // kept open, so that others can open it by its name, and the reader sees no end
  os::Fd go_end_;
  ProgressPage* progress_;
  std::vector<std::string> turns_;  // of each announced thread, at the line `begin`
  Report report_;
  bool waits_ = false;
  std::optional<int> ended_by_;
};

}  // namespace faultlab::run
