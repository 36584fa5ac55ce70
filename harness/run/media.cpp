// Media made, found again and described.
#include "run/media.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <set>

#include "host/facts.hpp"
#include "host/place.hpp"
#include "host/read_ahead.hpp"
#include "os/file.hpp"

namespace faultlab::run {
namespace {

// What has no block device, or no read-ahead, says so.
template <class T, class Show>
record::Json shown(const Result<T>& found, Show show) {
  return found ? record::Json(show(*found)) : record::Json{{"missing", found.error().what}};
}

}  // namespace

void each_medium(const config::Experiment& experiment, const Catalogue& catalogue,
                 const std::function<void(const Choice& medium, const MediumSpec& spec)>& each) {
  std::set<std::string> seen;
  for (const config::ResolvedCell& cell : experiment.cells) {
    if (!find(catalogue.engines, cell.trial.workload.engine.kind)->uses_dataset) continue;
    const Choice& medium = cell.trial.dataset.medium;
    if (seen.insert(config::key_of(medium)).second) each(medium, *find(catalogue.media, medium.kind));
  }
}

Result<Media> Media::make(const config::Experiment& experiment, const Catalogue& catalogue,
                          const std::string& data_folder, std::shared_ptr<host::Journal> journal,
                          std::function<bool()> interrupted) {
  Media media(std::move(journal), std::move(interrupted));
  // Also for who needs no medium: scenarios put files and swap areas there.
  if (auto made = os::make_folders(data_folder); !made) return propagate(std::move(made));
  Result<> problem;
  each_medium(experiment, catalogue, [&](const Choice& choice, const MediumSpec& spec) {
    if (!problem) return;
    auto medium = media.interrupted_() ? Result<std::unique_ptr<Medium>>(fail("interrupted"))
                                       : media.make_one(choice, spec, data_folder);
    if (medium) {
      media.held_.emplace(config::key_of(choice), Held{&spec, std::move(*medium)});
    } else {
      problem = propagate(std::move(medium), "make the medium " + choice.kind);
    }
  });
  if (!problem) return propagate(std::move(problem));
  return media;
}

Result<std::unique_ptr<Medium>> Media::make_one(const Choice& choice, const MediumSpec& spec,
                                                const std::string& data_folder) const {
  auto place = host::place_of(data_folder);
  if (!place) return propagate(std::move(place));
  return spec.make({place->path, fmt::format("medium-{}-{}", ::getpid(), held_.size()), journal_},
                   choice.options);
}

const Media::Held& Media::at(const config::Dataset& dataset) const {
  return held_.at(config::key_of(dataset.medium));
}

std::string Media::path_of(const config::Dataset& dataset) const {
  return dataset::path_of(dataset, at(dataset).medium->folder());
}

Result<dataset::Ensured> Media::ensure(const config::Dataset& dataset) const {
  const Held& held = at(dataset);
  const bool ours = held.spec->store != Store::host;
  auto ensured = dataset::ensure(dataset, held.medium->folder(), ours ? Bytes(0) : dataset::kReserve,
                                 journal_, interrupted_);
  if (!ensured && ours && ensured.error().code == ENOSPC) {
    ensured.error().remedy = fmt::format(
        "choose a larger size for dataset.medium ({}), or a smaller dataset.size", held.spec->row.name);
  }
  return ensured;
}

record::Json Media::describe(const config::Dataset& dataset) const {
  const Held& held = at(dataset);
  const std::string& folder = held.medium->folder();
  record::Json json = {{"kind", held.spec->row.name}};
  for (const auto& [name, value] : held.medium->traits()) json[name] = value;
  const auto place = host::place_of(folder);
  json["file_system"] = shown(place, [](const auto& found) { return found.mount.type; });
  json["mount_options"] =
      shown(place, [](const auto& found) { return found.mount.options + "," + found.mount.super_options; });
  json["device"] = shown(host::device_of(folder), [](const auto& found) { return found.name; });
  auto file = os::open_fd(path_of(dataset), O_RDONLY);
  const auto read_ahead = file ? host::read_ahead(*file) : Result<PageCount>(Failure(file.error()));
  json["read_ahead_bytes"] = shown(read_ahead, [](PageCount pages) { return bytes_of(pages).value; });
  return json;
}

}  // namespace faultlab::run
