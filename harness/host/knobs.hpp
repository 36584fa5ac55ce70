// Kernel settings changed for a trial and put back after it.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "base/result.hpp"
#include "host/change.hpp"

namespace faultlab::host {

// A changed setting: read old, journal, set, read back; the destructor restores.
class KnobGuard {
 public:
  // `name` is a row of catalogue/knob_spec; `data_path` tells which device read_ahead_kb means.
  static Result<KnobGuard> set(const std::string& name, const std::string& value,
                               const std::string& data_path, const std::shared_ptr<Journal>& journal,
                               const std::string& root = "");
  const std::string& old_value() const { return old_; }

 private:
  KnobGuard(Change change, std::string old) : change_(std::move(change)), old_(std::move(old)) {}
  Change change_;
  std::string old_;
};

// The file behind a knob; an error where this host has none.
Result<std::string> knob_path(const std::string& name, const std::string& data_path,
                              const std::string& root = "");

}  // namespace faultlab::host
