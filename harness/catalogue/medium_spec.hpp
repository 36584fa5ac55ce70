// Media: what the dataset lies on.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "catalogue/row.hpp"

namespace faultlab {

namespace host {
class Journal;  // host/journal.hpp
}

struct MediumRequest {
  std::string folder;  // the data folder, the user's choice; absolute, without symbolic links
  std::string name;    // for files and folders in it: no other medium on this host has it
  std::shared_ptr<host::Journal> journal;
};

// A medium of a run, there while this lives: what was made for it goes with it, the dataset too.
class Medium {
 public:
  virtual ~Medium() = default;
  virtual const std::string& folder() const = 0;  // for dataset files
  // What the record shall say of it beside what can be read off the folder: {"algorithm": "lzo-rle"}.
  virtual std::map<std::string, std::string> traits() const { return {}; }
};

// What the whole size of a medium is taken from.
enum class Store { host, disk, memory };

struct MediumSpec {
  Row row;
  Store store;  // host: nothing is made, and datasets stay for the next run
  // The pages of a file are its only copy: they cannot be dropped, so that nothing on it is ever cold, and
  // they stay charged to the run that wrote them, so that no trial's limit reaches them.
  bool keeps_pages;
  Result<std::unique_ptr<Medium>> (*make)(const MediumRequest& request, const Options& options);
};

}  // namespace faultlab
