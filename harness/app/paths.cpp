// Locations.
#include "app/paths.hpp"

#include <cstdlib>
#include <filesystem>

#include "os/process.hpp"

namespace faultlab::app {
namespace {

namespace fs = std::filesystem;

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

Result<std::string> find_config(const std::string& typed) {
  std::error_code ignored;
  if (fs::is_directory(typed, ignored)) {
    const fs::path inside = fs::path(typed) / "experiment.json";
    if (fs::exists(inside, ignored)) return inside.string();
    return fail(typed + " holds no experiment.json",
                "name a config file, or make one with `faultlab new NAME`");
  }
  if (fs::exists(typed, ignored)) return typed;
  const fs::path named = fs::path(project_root()) / "experiments" / typed / "experiment.json";
  if (typed.find('/') == std::string::npos && fs::exists(named, ignored)) return named.string();
  return fail("there is no config or experiment " + typed,
              "`faultlab list experiments` shows the ones that exist");
}

}  // namespace faultlab::app
