// Assignments as JSON.
#include "run/protocol.hpp"

namespace faultlab::run {

Json to_json(const Assignment& assignment) {
  return {{"trial", config::to_json(assignment.trial)},
          {"seed", assignment.seed},
          {"dataset_path", assignment.dataset_path}};
}

Assignment assignment_from_json(const Json& json) {
  return {config::trial_from_json(json.at("trial")), json.at("seed").get<std::uint64_t>(),
          json.at("dataset_path").get<std::string>()};
}

}  // namespace faultlab::run
