// A change to the host, noted in the undo journal before it is made, taken back by the destructor.
#pragma once

#include <memory>

#include "base/result.hpp"
#include "host/journal.hpp"

namespace faultlab::host {

class Change {
 public:
  // Returns once the note is on the disk: make the change then. Taking it back does no harm where it has
  // not been made.
  static Result<Change> note(std::shared_ptr<Journal> journal, Undo undo);
  Change(Change&&) noexcept = default;
  Change& operator=(Change&&) = delete;
  ~Change();

 private:
  Change(std::shared_ptr<Journal> journal, Undo undo, std::uint64_t entry)
      : journal_(std::move(journal)), undo_(std::move(undo)), entry_(entry) {}

  std::shared_ptr<Journal> journal_;  // null: moved from, nothing to take back
  Undo undo_;
  std::uint64_t entry_;
};

}  // namespace faultlab::host
