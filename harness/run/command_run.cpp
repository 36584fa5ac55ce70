// A program started, listened to, and waited for.
#include "run/command_run.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <string.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "measure/clock.hpp"
#include "os/file.hpp"
#include "os/signal_gate.hpp"

namespace faultlab::run {
namespace {

constexpr std::string_view kBegin = "begin";
constexpr std::string_view kEnd = "end";
constexpr const char* kGoOn = "go";
constexpr const char* kLines =
    "write `accesses N`, `bytes N`, `checksum HEX`, `begin` or `end`, a line each "
    "(docs/applications.md#the-report)";

// For whoever may open what this process has open: also a program that the command starts in its turn.
std::string name_of(const os::Fd& fd) { return fmt::format("/proc/{}/fd/{}", ::getpid(), fd.get()); }

// What the scheduler says of a thread: the same as before where the thread has not run since. Empty where the
// kernel does not tell.
std::string turns_of(pid_t process, pid_t thread) {
  const auto text = os::read_text(fmt::format("/proc/{}/task/{}/schedstat", process, thread));
  return text ? *text : std::string();
}

std::optional<std::uint64_t> number_in(std::string_view text, int base) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  return whole ? std::optional(number) : std::nullopt;
}

}  // namespace

Result<> Report::enter(const std::string& line) {
  const std::string_view text = line;
  const std::size_t space = std::min(text.find(' '), text.size());
  const std::string_view word = text.substr(0, space);
  std::optional<std::uint64_t>* sum = word == "accesses"   ? &accesses
                                      : word == "bytes"    ? &bytes
                                      : word == "checksum" ? &checksum
                                                           : nullptr;
  const auto number = sum == nullptr || space == text.size()
                          ? std::nullopt
                          : number_in(text.substr(space + 1), word == "checksum" ? 16 : 10);
  if (!number) return fail(fmt::format("it reported \"{:.80}\", which is no line of a report", text), kLines);
  *sum = sum->value_or(0) + *number;
  return {};
}

std::optional<Json> work_of(const Report& report) {
  if (!report.accesses && !report.checksum) return std::nullopt;
  const auto missing = [](const char* what) {
    return Json{{"missing", fmt::format("the program reported no {}", what)}};
  };
  return Json::array({{{"accesses", report.accesses ? Json(*report.accesses) : missing("accesses")},
                       {"checksum", report.checksum ? Json(fmt::format("{:016x}", *report.checksum))
                                                    : missing("checksum")}}});
}

void add_report(Readings& readings, const Report& report) {
  const auto value = [](const std::optional<std::uint64_t>& number, const char* what) {
    return number ? Value::count(*number)
                  : Value(Missing{
                        fmt::format("a command's {0} cannot be seen from outside, and it reported none "
                                    "(docs/applications.md#the-report)",
                                    what)});
  };
  readings.push_back({"accesses", "command", value(report.accesses, "accesses")});
  readings.push_back({"bytes", "command", value(report.bytes, "bytes")});
}

CommandRun::CommandRun(std::vector<std::string> command, os::Child child, os::LineReader lines,
                       os::LineWriter answers, os::Fd report_end, os::Fd go_end, ProgressPage* progress)
    : name_(command.front()),
      child_(std::move(child)),
      lines_(std::move(lines)),
      answers_(std::move(answers)),
      report_end_(std::move(report_end)),
      go_end_(std::move(go_end)),
      progress_(progress) {}

Result<CommandRun> CommandRun::start(std::vector<std::string> command, ProgressPage* progress) {
  auto report = os::make_pipe();
  if (!report) return propagate(std::move(report));
  auto go = os::make_pipe();
  if (!go) return propagate(std::move(go));
  auto nothing = os::open_fd("/dev/null", O_RDONLY);
  if (!nothing) return propagate(std::move(nothing));
  // Of this process, which has one thread and does nothing but this.
  ::setenv("FAULTLAB_REPORT", name_of(report->write_end).c_str(), 1);
  ::setenv("FAULTLAB_GO", name_of(go->read_end).c_str(), 1);
  auto child = os::Child::spawn({.program = command.front(),
                                 .arguments = command,
                                 .descriptors = {{nothing->get(), 0}, {kOutputFd, 1}, {kOutputFd, 2}},
                                 .own_group = false});
  if (!child) return propagate(std::move(child));
  return CommandRun(std::move(command), std::move(*child), os::LineReader(std::move(report->read_end)),
                    os::LineWriter(std::move(go->write_end)), std::move(report->write_end),
                    std::move(go->read_end), progress);
}

Result<CommandRun::Met> CommandRun::hear(const std::string& line) {
  if (line == kBegin || line == kEnd) {
    waits_ = true;
    return line == kBegin ? Met::begin : Met::end;
  }
  if (auto entered = report_.enter(line); !entered) return propagate(std::move(entered), name_);
  // Others look at the page while it works.
  progress_->workers[0].accesses.store(report_.accesses.value_or(0), std::memory_order_relaxed);
  return Met::report;
}

Result<CommandRun::Met> CommandRun::listen() {
  bool ended = false;
  for (;;) {
    auto line = lines_.next_if_there();
    if (!line) return propagate(std::move(line));
    if (*line) {
      auto met = hear(**line);
      if (!met || *met != Met::report) return met;
      continue;
    }
    if (ended) break;
    const auto ready = os::wait_readable({&lines_.fd(), &child_.pidfd()}, -1);
    if (!ready) return Failure(ready.error());
    ended = (*ready & 2) != 0;  // what it wrote before is looked for once more
  }
  const std::string rest = lines_.take_rest();
  auto heard = rest.empty() ? Result<Met>(Met::report) : hear(rest);
  return heard ? Result<Met>(Met::exit) : heard;
}

Result<> CommandRun::answer() {
  waits_ = false;
  return answers_.send(kGoOn);
}

Result<> CommandRun::judge_exit() {
  auto exit = child_.wait();
  if (!exit) return propagate(std::move(exit));
  if (exit->signalled) {
    ended_by_ = exit->code;
    return fail(fmt::format("{} was ended by signal {} ({})", name_, exit->code, ::strsignal(exit->code)));
  }
  if (exit->code != 0) return fail(fmt::format("{} ended with exit status {}", name_, exit->code));
  return {};
}

// They wait, so that all of them are there.
void CommandRun::announce_threads() {
  for (const std::string& name : os::folder_entries(fmt::format("/proc/{}/task", child_.pid()))) {
    const std::size_t next = turns_.size();
    if (next == progress_->workers.size()) return;
    const auto thread = static_cast<pid_t>(number_in(name, 10).value_or(0));
    progress_->workers[next].process.store(child_.pid());
    progress_->workers[next].thread.store(thread);
    turns_.push_back(turns_of(child_.pid(), thread));
  }
}

void CommandRun::forget_sleepers() {
  for (std::size_t i = 0; i < turns_.size(); ++i) {
    auto& thread = progress_->workers[i].thread;
    const bool slept = !turns_[i].empty() && turns_of(child_.pid(), thread.load()) == turns_[i];
    if (slept) thread.store(0);
  }
}

Result<> CommandRun::to_begin() {
  const auto met = listen();
  if (!met) return Failure(met.error());
  if (*met == Met::exit) {
    if (auto exit = judge_exit(); !exit) return exit;
  }
  if (*met != Met::begin) {
    return fail(
        fmt::format("{} {} before it had written the line `begin`", name_,
                    *met == Met::exit ? "ended" : "wrote `end`"),
        "write the lines of a marked window (docs/applications.md#the-report), or leave out workload.window");
  }
  announce_threads();
  return {};
}

Result<std::uint64_t> CommandRun::to_end() {
  if (auto answered = answer(); !answered) return propagate(std::move(answered));
  const auto met = listen();
  const std::uint64_t heard = now_ns();
  if (!met) return Failure(met.error());
  if (*met == Met::exit) {
    if (auto exit = judge_exit(); !exit) return propagate(std::move(exit));
  }
  if (*met == Met::end) {
    forget_sleepers();
    return heard;
  }
  return fail(fmt::format("{} {} before it had written the line `end`", name_,
                          *met == Met::exit ? "ended" : "wrote `begin` again"),
              "write `end` once, when what is to be measured is done (docs/applications.md#the-report)");
}

Result<> CommandRun::to_exit() {
  for (;;) {
    if (waits_) {
      if (auto answered = answer(); !answered) return answered;
    }
    const auto met = listen();
    if (!met) return Failure(met.error());
    if (*met == Met::exit) return judge_exit();
  }
}

}  // namespace faultlab::run
