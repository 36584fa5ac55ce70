// libFuzzer target: no text may crash the config reader, and every problem is located and says something.
#include <cstdint>
#include <string_view>

#include "catalogue/tables.hpp"
#include "config/read.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const faultlab::Catalogue catalogue = faultlab::full_catalogue();
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto result = faultlab::config::read_experiment(text, "fuzz.json", catalogue);
  for (const auto& problem : result.problems) {
    if (problem.what.empty() || (problem.line == 0 && !problem.path.empty())) __builtin_trap();
    if (faultlab::config::to_string(problem).empty()) __builtin_trap();
  }
  if (!result.problems.empty()) return 0;
  // What is accepted survives the pipe to the child.
  for (const auto& cell : result.experiment.cells) {
    const auto json = faultlab::config::to_json(cell.trial);
    if (!(faultlab::config::trial_from_json(faultlab::config::Json::parse(json.dump())) == cell.trial)) {
      __builtin_trap();
    }
  }
  return 0;
}
