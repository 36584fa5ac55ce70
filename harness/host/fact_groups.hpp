// The groups of facts that take more than reading one file each.
#pragma once

#include <string>

#include "host/fact_reading.hpp"

namespace faultlab::host {

void add_cpu_facts(Json& cpu, const std::string& root);
void add_memory_facts(Json& memory, const std::string& root);
Json cgroup_facts(const std::string& root);
Json device_facts(const std::string& data_folder, const std::string& root);
Json file_system_facts(const std::string& data_folder, const std::string& root);
Json load_facts(const std::string& root);

}  // namespace faultlab::host
