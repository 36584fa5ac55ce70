// Taking back what dead owners left changed, newest change first over all of their journals.
#include <fmt/format.h>

#include <algorithm>

#include "host/journal.hpp"
#include "host/journal_scan.hpp"
#include "host/undo.hpp"
#include "os/file.hpp"

namespace faultlab::host {
namespace {

struct Step {
  FoundJournal* journal;
  Entry entry;
};

// Two owners may have changed the same setting one after the other: the order of changes, and so of
// undoing, is over all journals.
std::vector<Step> steps_of(std::vector<FoundJournal>& journals) {
  std::vector<Step> steps;
  for (auto& journal : journals) {
    if (!journal.locked) continue;
    for (const auto& entry : journal.open) steps.push_back({&journal, entry});
  }
  std::sort(steps.begin(), steps.end(), [](const Step& a, const Step& b) {
    if (a.journal->this_boot != b.journal->this_boot) return a.journal->this_boot;
    if (a.entry.at_ns != b.entry.at_ns) return a.entry.at_ns > b.entry.at_ns;
    return a.entry.id > b.entry.id;
  });
  return steps;
}

// A running owner that has changed the same setting in its turn will write our changed value back when
// it ends: the old one can only be restored after that.
const FoundJournal* holder_of(const Undo& undo, const std::vector<FoundJournal>& journals) {
  const auto* ours = std::get_if<WriteBack>(&undo);
  if (ours == nullptr) return nullptr;
  for (const auto& journal : journals) {
    if (!journal.live || !journal.this_boot) continue;
    for (const auto& entry : journal.open) {
      const auto* theirs = std::get_if<WriteBack>(&entry.undo);
      if (theirs != nullptr && theirs->path == ours->path) return &journal;
    }
  }
  return nullptr;
}

bool survives_reboot(const Undo& undo) {
  return std::holds_alternative<RemoveFile>(undo) || std::holds_alternative<RemoveFolder>(undo);
}

void settle(Step& step) {
  auto& journal = *step.journal;
  std::erase_if(journal.open, [&](const Entry& entry) { return entry.id == step.entry.id; });
  // The blank line first: the last one may be torn. Unwritten, the step is only repeated.
  static_cast<void>(os::write_all(journal.locked->fd(), "\n" + settled_line(step.entry.id) + "\n",
                                  "settle in " + journal.path));
  static_cast<void>(os::sync_data(journal.locked->fd(), journal.path));
}

Recovered replay(Step& step, const std::vector<FoundJournal>& journals) {
  if (const auto* holder = holder_of(step.entry.undo, journals)) {
    return {fmt::format("{} is in use by process {}: run `faultlab recover` again when it has ended",
                        std::get<WriteBack>(step.entry.undo).path, holder->owner.pid),
            false};
  }
  auto taken = take_back(step.entry.undo);
  if (!taken) {
    const auto& error = taken.error();
    return {error.remedy.empty() ? error.what : error.what + "; " + error.remedy, false};
  }
  settle(step);
  return {describe(step.entry.undo), true};
}

}  // namespace

Result<std::vector<Recovered>> recover(const std::string& folder) {
  auto journals = scan_journals(folder);
  if (!journals) return propagate(std::move(journals), "recover");
  std::vector<Recovered> results;
  for (const auto& journal : *journals) {
    if (journal.refused.empty() || journal.live) continue;
    results.push_back({fmt::format("left {} alone: {}; run `faultlab recover` as its owner, or remove it",
                                   journal.path, journal.refused),
                       false});
  }
  for (auto& step : steps_of(*journals)) {
    if (!step.journal->this_boot && !survives_reboot(step.entry.undo)) {
      settle(step);
      continue;
    }
    results.push_back(replay(step, *journals));
  }
  for (const auto& journal : *journals) {
    if (!journal.locked || !journal.open.empty()) continue;
    if (auto removed = os::remove_file(journal.path); !removed) {
      results.push_back({removed.error().what, false});
    }
  }
  return results;
}

}  // namespace faultlab::host
