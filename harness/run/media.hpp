// The media of a run: one for each distinct choice, there as long as the run.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "catalogue/catalogue.hpp"
#include "config/experiment.hpp"
#include "dataset/dataset.hpp"
#include "host/journal.hpp"
#include "record/record.hpp"

namespace faultlab::run {

// Calls `each` once for every distinct medium that a dataset of the experiment lies on, in the order of the
// cells.
void each_medium(const config::Experiment& experiment, const Catalogue& catalogue,
                 const std::function<void(const Choice& medium, const MediumSpec& spec)>& each);

class Media {
 public:
  // Makes them all, or none. `interrupted` is asked between two of them.
  static Result<Media> make(const config::Experiment& experiment, const Catalogue& catalogue,
                            const std::string& data_folder, std::shared_ptr<host::Journal> journal,
                            std::function<bool()> interrupted);

  // Precondition of all: the dataset is one of the experiment's.
  std::string path_of(const config::Dataset& dataset) const;
  Result<dataset::Ensured> ensure(const config::Dataset& dataset) const;
  // What the record says of the medium, as it is now: kind, traits, and what the kernel has of its file
  // system and device.
  record::Json describe(const config::Dataset& dataset) const;

 private:
  struct Held {
    const MediumSpec* spec;
    std::unique_ptr<Medium> medium;
  };
  Media(std::shared_ptr<host::Journal> journal, std::function<bool()> interrupted)
      : journal_(std::move(journal)), interrupted_(std::move(interrupted)) {}
  Result<std::unique_ptr<Medium>> make_one(const Choice& choice, const MediumSpec& spec,
                                           const std::string& data_folder) const;
  const Held& at(const config::Dataset& dataset) const;

  std::shared_ptr<host::Journal> journal_;
  std::function<bool()> interrupted_;
  std::map<std::string, Held> held_;  // by config::key_of
};

}  // namespace faultlab::run
