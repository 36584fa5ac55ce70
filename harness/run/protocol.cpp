// Assignments as JSON.
#include "run/protocol.hpp"

namespace faultlab::run {

Json to_json(const Assignment& assignment) {
  Json files = Json::array();
  for (const DataFile& file : assignment.files)
    files.push_back({{"path", file.path}, {"size", file.size.value}});
  return {{"trial", config::to_json(assignment.trial)},
          {"seed", assignment.seed},
          {"files", std::move(files)},
          {"data_folder", assignment.data_folder},
          {"process", assignment.process}};
}

Assignment assignment_from_json(const Json& json) {
  Assignment assignment{.trial = config::trial_from_json(json.at("trial")),
                        .seed = json.at("seed").get<std::uint64_t>(),
                        .data_folder = json.at("data_folder").get<std::string>(),
                        .process = json.at("process").get<unsigned>()};
  for (const Json& file : json.at("files")) {
    assignment.files.push_back(
        {file.at("path").get<std::string>(), Bytes(file.at("size").get<std::uint64_t>())});
  }
  return assignment;
}

}  // namespace faultlab::run
