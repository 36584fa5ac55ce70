// Locations.
#include "app/paths.hpp"

#include <cstdlib>
#include <filesystem>

#include "os/file.hpp"
#include "os/process.hpp"

namespace faultlab::app {
namespace {

namespace fs = std::filesystem;

constexpr const char* kConfigName = "experiment.json";

bool holds_config(const fs::path& folder) {
  std::error_code ignored;
  return fs::exists(folder / kConfigName, ignored);
}

bool is_root(const fs::path& folder) {
  std::error_code ignored;
  return fs::exists(folder / "plots" / "study", ignored);
}

std::string above(fs::path folder) {
  for (;; folder = folder.parent_path()) {
    if (is_root(folder)) return folder.string();
    if (!folder.has_relative_path()) return {};
  }
}

}  // namespace

std::string project_root() {
  if (const char* set = std::getenv("FAULTLAB_ROOT")) return set;
  if (auto found = above(fs::path(os::own_path()).parent_path()); !found.empty()) return found;
  std::error_code error;
  const fs::path here = fs::current_path(error);
  return error ? std::string() : above(here);
}

std::string default_results() {
  const std::string root = project_root();
  return root.empty() ? "results" : root + "/results";
}

std::string default_data(const std::string& results) { return results + "/.data"; }

std::string program_folder() { return fs::path(os::own_path()).parent_path().string(); }

run::Places places(const std::string& data) { return {data, project_root(), program_folder()}; }

std::vector<std::string> experiment_names() {
  const fs::path all = fs::path(project_root()) / "experiments";
  std::vector<std::string> names;
  for (const std::string& name : os::folder_entries(all.string())) {
    if (holds_config(all / name)) names.push_back(name);
    for (const std::string& nested : os::folder_entries((all / name).string())) {
      if (holds_config(all / name / nested)) names.push_back(name + "/" + nested);
    }
  }
  return names;
}

Result<std::string> find_config(const std::string& typed) {
  std::error_code ignored;
  if (fs::is_directory(typed, ignored)) {
    if (holds_config(typed)) return (fs::path(typed) / kConfigName).string();
    return fail(typed + " holds no experiment.json",
                "name a config file, or make one with `faultlab new NAME`");
  }
  if (fs::exists(typed, ignored)) return typed;
  const fs::path named = fs::path(project_root()) / "experiments" / typed;
  if (holds_config(named)) return (named / kConfigName).string();
  return fail("there is no config or experiment " + typed,
              "`faultlab list experiments` shows the ones that exist");
}

}  // namespace faultlab::app
