// The words of a program of the user's, and the folders that those in braces stand for.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "config/experiment.hpp"

namespace faultlab::run {

struct Places {
  std::string data;  // {data}: where datasets are made
  std::string root;  // {root}: the project's
  std::string bin;   // {bin}: where this program was built, and others with it
};

// With absolute folders, also where they were given from the working folder.
std::vector<std::string> placed(std::vector<std::string> words, const Places& places);
// And {seed} with the trial's seed.
std::vector<std::string> placed(std::vector<std::string> words, const Places& places, std::uint64_t seed);

// The whole command line of a workload, as it is written: empty where it has none.
std::vector<std::string> words_of(const config::Workload& workload);
// Whether a trial's seed is among them.
bool takes_seed(const std::vector<std::string>& words);

}  // namespace faultlab::run
