// Changes and their undoing.
#include "host/change.hpp"

#include "host/undo.hpp"

namespace faultlab::host {

Result<Change> Change::note(std::shared_ptr<Journal> journal, Undo undo) {
  auto entry = journal->note(undo);
  if (!entry) return propagate(std::move(entry));
  return Change(std::move(journal), std::move(undo), *entry);
}

Change::~Change() {
  if (journal_ == nullptr || !journal_->owned_here()) return;
  // What cannot be taken back now stays in the journal, and `faultlab recover` tries again.
  if (take_back(undo_)) journal_->settled(entry_);
}

}  // namespace faultlab::host
