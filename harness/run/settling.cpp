// Files of a trial, settled.
#include "run/settling.hpp"

#include "dataset/dataset.hpp"
#include "dataset/files.hpp"

namespace faultlab::run {
namespace {

using record::Outcome;

OrEnding<std::vector<DataFile>> whole_dataset(const Stage& stage, const config::Trial& trial,
                                              record::Record& record) {
  const std::string path = stage.media.path_of(trial.dataset);
  if (!dataset::whole(trial.dataset, path)) {
    if (auto mended = stage.media.ensure(trial.dataset); !mended) {
      return stage.gate.raised() ? ended(Outcome::interrupted, kStopped) : failed(mended.error());
    }
    record.warnings.push_back("the dataset was no longer whole, and has been made again");
  }
  return std::vector<DataFile>{{path, trial.dataset.size}};
}

OrEnding<std::vector<DataFile>> files_of_command(const Stage& stage, const config::Application& application) {
  if (application.files.empty()) return std::vector<DataFile>{};
  auto files = dataset::find_files(placed(application.files, stage.places));
  if (!files) return failed(files.error());
  return std::move(*files);
}

}  // namespace

OrEnding<std::vector<DataFile>> settle_files(const Stage& stage, const config::Trial& trial,
                                             record::Record& record) {
  const EngineSpec& engine = *find(stage.catalogue.engines, trial.workload.engine.kind);
  if (!engine.uses_dataset && engine.shape != Shape::command) return std::vector<DataFile>{};
  auto files = engine.uses_dataset ? whole_dataset(stage, trial, record)
                                   : files_of_command(stage, trial.workload.application);
  if (!files) return files;
  if (engine.uses_dataset && find(stage.catalogue.media, trial.dataset.medium.kind)->keeps_pages)
    return files;
  if (auto dropped = dataset::drop(*files); !dropped) return failed(dropped.error());
  return files;
}

}  // namespace faultlab::run
