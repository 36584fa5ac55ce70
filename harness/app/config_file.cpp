// Config files.
#include "app/config_file.hpp"

#include <fmt/format.h>

#include "app/paths.hpp"
#include "app/terminal.hpp"
#include "catalogue/tables.hpp"
#include "os/file.hpp"
#include "record/run_folder.hpp"

namespace faultlab::app {
namespace {

// The factor that sets this path, if any does.
const config::Factor* factor_setting(const config::Experiment& experiment, std::string_view path) {
  for (const config::Factor& factor : experiment.factors) {
    for (const config::Level& level : factor.levels) {
      for (const auto& [set, value] : level.set) {
        if (set == path) return &factor;
      }
    }
  }
  return nullptr;
}

}  // namespace

std::optional<config::Experiment> read_printing(const std::string& text, const std::string& path) {
  auto read = config::read_experiment(text, path, full_catalogue());
  for (const config::Problem& problem : read.problems) say("{}\n", config::to_string(problem));
  if (!read.problems.empty()) return std::nullopt;
  return std::move(read.experiment);
}

std::optional<config::Experiment> read_config(const std::string& typed) {
  const auto path = find_config(typed);
  if (!path) {
    print_error(path.error());
    return std::nullopt;
  }
  const auto text = os::read_text(*path);
  if (!text) {
    print_error(text.error());
    return std::nullopt;
  }
  auto experiment = read_printing(*text, *path);
  if (experiment) experiment->written = *text;
  return experiment;
}

std::optional<config::Experiment> read_run(const std::string& run) {
  const auto manifest = record::load_manifest(run);
  if (!manifest) {
    print_error(manifest.error());
    return std::nullopt;
  }
  return read_printing(manifest->at("config").dump(2), run + "/manifest.json");
}

// By way of the config, so that the manifest says what was run and a resumed run goes on alike.
std::optional<config::Experiment> without_probes(const config::Experiment& experiment) {
  for (const std::string_view path : {"probes", "sample_every"}) {
    if (const config::Factor* factor = factor_setting(experiment, path)) {
      print_error(fmt::format("the factor {} sets {}, which --no-probes would take away", factor->name, path),
                  "run it without --no-probes");
      return std::nullopt;
    }
  }
  config::Json config = experiment.resolved;
  config["probes"] = config::Json::array();
  config["sample_every"] = "off";
  return read_printing(config.dump(2), experiment.source_path);
}

}  // namespace faultlab::app
