// Assignments as JSON.
#include "run/protocol.hpp"

namespace faultlab::run {

Json to_json(const Assignment& assignment) {
  return {{"trial", config::to_json(assignment.trial)},
          {"seed", assignment.seed},
          {"dataset_path", assignment.dataset_path},
          {"data_folder", assignment.data_folder},
          {"process", assignment.process}};
}

Assignment assignment_from_json(const Json& json) {
  return {config::trial_from_json(json.at("trial")), json.at("seed").get<std::uint64_t>(),
          json.at("dataset_path").get<std::string>(), json.at("data_folder").get<std::string>(),
          json.at("process").get<unsigned>()};
}

}  // namespace faultlab::run
