// The bar, or the lines.
#include "app/progress.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>

#include "app/terminal.hpp"
#include "app/time_left.hpp"
#include "catalogue/tables.hpp"
#include "os/terminal.hpp"
#include "record/derive.hpp"

namespace faultlab::app {
namespace {

using Clock = std::chrono::steady_clock;

std::string headline(const record::Record& record) {
  const Value ops = record::primary(record.readings, "ops_per_second");
  if (record.outcome != record::Outcome::ok)
    return fmt::format("{}: {}", to_string(record.outcome), record.reason);
  return ops.present() ? fmt::format("ok, {:.3g} accesses/s", ops.number()) : "ok";
}

// Bytes of UTF-8 that begin a character: labels are the user's own words.
bool begins_character(char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U; }

std::string cut(const std::string& text, std::size_t columns) {
  std::size_t characters = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (begins_character(text[at]) && ++characters > columns) return text.substr(0, at);
  }
  return text;
}

// The whole plan in expected seconds.
std::vector<TimeLeft::Trial> expectation(const plan::Plan& plan, const config::Experiment& experiment) {
  const Catalogue catalogue = full_catalogue();
  std::vector<TimeLeft::Trial> trials;
  for (const plan::PlannedTrial& each : plan)
    trials.push_back({each.cell, plan::expected_seconds(experiment.cells[each.cell].trial, catalogue)});
  return trials;
}

// It draws when a trial ends and at no other time: while one runs, the parent's CPU belongs to the
// measurement.
class Progress {
 public:
  explicit Progress(const config::Experiment& experiment)
      : experiment_(experiment),
        plan_(plan::make_plan(experiment.cells.size(), experiment.trials, experiment.seed)) {}
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  // Whatever ends the run speaks on a line of its own.
  ~Progress() {
    if (drawn_) say("\n");
  }

  void begin(std::size_t planned, std::size_t finished) {
    left_.emplace(expectation(plan_, experiment_), finished);
    began_ = Clock::now();
    say("{} trials{}, about {}\n", planned,
        finished == 0 ? "" : fmt::format(", {} of them done before", finished),
        duration_text(left_->seconds()));
    draw(finished, planned, finished);
  }

  void trial(const record::Record& record, std::size_t finished, std::size_t planned) {
    const auto now = Clock::now();
    left_->ended(record.sequence, std::chrono::duration<double>(now - began_).count());
    began_ = now;
    const std::string cell = plan::to_text(record.cell);
    if (os::terminal_columns(stderr) == 0) {
      say("[{}/{}] {}  {}\n", finished, planned, cell, headline(record));
      return;
    }
    // What went wrong stays on the screen, above the bar.
    if (record.outcome != record::Outcome::ok) say("\r\x1b[K{}  {}\n", cell, headline(record));
    draw(finished, planned, record.sequence + 1);
  }

 private:
  // `next`: the place in the plan of the trial that runs now.
  void draw(std::size_t finished, std::size_t planned, std::size_t next) {
    const std::size_t columns = os::terminal_columns(stderr);
    if (columns == 0) return;
    const std::string cell =
        next < plan_.size() ? plan::to_text(experiment_.cells[plan_[next].cell].cell) : std::string();
    // The last column stays free: some terminals go to the next line once it is written.
    say("\r\x1b[K{}", progress_line(columns - 1, finished, planned, left_->seconds(), cell));
    std::fflush(stderr);
    drawn_ = true;
  }

  const config::Experiment& experiment_;
  plan::Plan plan_;
  std::optional<TimeLeft> left_;
  Clock::time_point began_;  // the trial that runs now
  bool drawn_ = false;
};

}  // namespace

std::string duration_text(double seconds) {
  const auto whole = static_cast<long>(std::max(seconds, 0.0) + 0.5);
  if (whole >= 3600) return fmt::format("{} h {:02} min", whole / 3600, whole % 3600 / 60);
  return whole >= 60 ? fmt::format("{} min {:02} s", whole / 60, whole % 60) : fmt::format("{} s", whole);
}

std::string progress_line(std::size_t columns, std::size_t finished, std::size_t planned, double seconds_left,
                          const std::string& cell) {
  constexpr std::size_t kWidest = 24;
  constexpr std::size_t kNarrowest = 6;
  const std::string count = fmt::format("{}/{}", finished, planned);
  const std::string numbers =
      finished == planned ? count : count + "  " + duration_text(seconds_left) + " left";
  if (numbers.size() > columns) return cut(count, columns);
  // The bar may have a third of the line, and its brackets and a space.
  const std::size_t room = columns - numbers.size();
  const std::size_t width = std::min({kWidest, columns / 3, room < 3 ? 0 : room - 3});
  if (width < kNarrowest) return numbers;
  const std::size_t filled = planned == 0 ? width : width * finished / planned;
  const std::string line =
      fmt::format("[{}{}] {}", std::string(filled, '#'), std::string(width - filled, '.'), numbers);
  return cell.empty() ? line : cut(line + "  " + cell, columns);
}

run::Observer progress(const Common& common, const config::Experiment& experiment) {
  if (common.quiet) return {};
  auto state = std::make_shared<Progress>(experiment);
  return {
      .note = [](const std::string& sentence) { say("{}\n", sentence); },
      .begin = [state](std::size_t planned,
                       std::size_t finished_before) { state->begin(planned, finished_before); },
      .trial = [state](const record::Record& record, std::size_t finished,
                       std::size_t planned) { state->trial(record, finished, planned); },
  };
}

}  // namespace faultlab::app
