// Terminal output.
#include "app/terminal.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <memory>

#include "record/derive.hpp"

namespace faultlab::app {
namespace {

using Clock = std::chrono::steady_clock;

std::string duration(double seconds) {
  const auto whole = static_cast<long>(seconds + 0.5);
  return whole >= 60 ? fmt::format("{} min {:02} s", whole / 60, whole % 60) : fmt::format("{} s", whole);
}

std::string headline(const record::Record& record) {
  const Value ops = record::primary(record.readings, "ops_per_second");
  if (record.outcome != record::Outcome::ok)
    return fmt::format("{}: {}", to_string(record.outcome), record.reason);
  return ops.present() ? fmt::format("ok, {:.3g} accesses/s", ops.number()) : "ok";
}

struct Progress {
  bool terminal = ::isatty(STDERR_FILENO) == 1;
  Clock::time_point began = Clock::now();
  std::size_t finished_before = 0;

  double seconds_left(std::size_t finished, std::size_t planned) const {
    const double elapsed = std::chrono::duration<double>(Clock::now() - began).count();
    return elapsed / static_cast<double>(finished - finished_before) *
           static_cast<double>(planned - finished);
  }

  void show(const record::Record& record, std::size_t finished, std::size_t planned) const {
    const std::string cell = plan::to_text(record.cell);
    if (!terminal) {
      say("[{}/{}] {}  {}\n", finished, planned, cell, headline(record));
      return;
    }
    constexpr std::size_t kWidth = 24;
    const std::size_t filled = kWidth * finished / planned;
    say("\r\x1b[K[{}{}] {}/{}  {} left  {}", std::string(filled, '#'), std::string(kWidth - filled, '.'),
        finished, planned, duration(seconds_left(finished, planned)), cell);
    // What went wrong stays on the screen, above the bar.
    if (record.outcome != record::Outcome::ok) say("\r\x1b[K{}  {}\n", cell, headline(record));
    if (finished == planned) say("\n");
    std::fflush(stderr);
  }
};

}  // namespace

void print_error(const std::string& what, const std::string& remedy) {
  say("faultlab: {}\n", what);
  if (!remedy.empty()) say("  {}\n", remedy);
}

void print_error(const Error& error) { print_error(error.what, error.remedy); }

run::Observer progress(const Common& common) {
  if (common.quiet) return {};
  auto state = std::make_shared<Progress>();
  return {
      .note = [](const std::string& sentence) { say("{}\n", sentence); },
      .begin =
          [state](std::size_t planned, std::size_t finished_before) {
            state->began = Clock::now();
            state->finished_before = finished_before;
            say("{} trials{}\n", planned,
                finished_before == 0 ? "" : fmt::format(", {} of them done before", finished_before));
          },
      .trial = [state](const record::Record& record, std::size_t finished,
                       std::size_t planned) { state->show(record, finished, planned); },
  };
}

}  // namespace faultlab::app
