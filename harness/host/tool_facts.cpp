// Provenance of the program: how it was built, from which sources, and which bytes run.
#include <fmt/format.h>

#include <cstdint>
#include <string>

#include "base/hash.hpp"
#include "host/fact_reading.hpp"
#include "host/facts.hpp"
#include "host/text.hpp"
#include "os/command.hpp"
#include "os/file.hpp"

namespace faultlab::host {
namespace {

// The output of a git command in the source tree, without its last newline. The tree may belong to
// another user (a build as root): git asks for safe.directory then.
Result<std::string> git(const std::string& source_root, std::vector<std::string> words) {
  std::vector<std::string> command{
      "git", "--no-optional-locks", "-c", "safe.directory=" + source_root, "-C", source_root};
  command.insert(command.end(), words.begin(), words.end());
  auto ran = os::run_command(command);
  if (!ran) return propagate(std::move(ran));
  if (ran->status != 0) {
    return fail(fmt::format("git {} in {} ended with status {}", words.front(), source_root, ran->status));
  }
  while (ran->output.ends_with('\n')) ran->output.pop_back();
  return std::move(ran->output);
}

Json git_facts(const std::string& source_root) {
  const auto commit = git(source_root, {"rev-parse", "HEAD"});
  if (!commit) return missing(commit.error().what);
  Json all{{"commit", *commit}};
  const auto status = git(source_root, {"status", "--porcelain"});
  if (!status) {
    all["dirty"] = missing(status.error().what);
    return all;
  }
  all["dirty"] = !status->empty();
  if (status->empty()) return all;
  all["changed_files"] = lines_of(*status).size();
  const auto diff = git(source_root, {"diff", "HEAD", "--no-ext-diff", "--no-color"});
  all["diff_hash"] = diff ? Json(fnv1a64(*diff)) : missing(diff.error().what);
  return all;
}

}  // namespace

Json tool_facts(const std::string& source_root) {
  Json all{{"version", FAULTLAB_VERSION},
           {"preset", FAULTLAB_PRESET},
           {"build_type", FAULTLAB_BUILD_TYPE},
           {"compiler", FAULTLAB_COMPILER},
           {"flags", FAULTLAB_FLAGS}};
  all["git"] = git_facts(source_root);
  const auto binary = os::read_text("/proc/self/exe");
  all["binary_hash"] = binary ? Json(fnv1a64(*binary)) : missing(binary.error().what);
  return all;
}

}  // namespace faultlab::host
