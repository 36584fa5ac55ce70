// Starting the same command line again in a scope of its own.
#include "app/delegation.hpp"

#include <unistd.h>

#include <cstdlib>

#include "host/doctor.hpp"
#include "os/process.hpp"

namespace faultlab::app {
namespace {

constexpr const char* kDelegatedMark = "FAULTLAB_DELEGATED";

}  // namespace

void seek_delegation(const Common& common) {
  if (std::getenv(kDelegatedMark) != nullptr || !host::lacks(Need::memory_cgroup)) return;
  auto command = host::delegation_command();
  if (!command) return;
  command->push_back(os::own_path());
  command->insert(command->end(), common.words.begin(), common.words.end());
  std::vector<char*> arguments;
  for (std::string& word : *command) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  ::setenv(kDelegatedMark, "1", 1);
  ::execvp(arguments.front(), arguments.data());
}

}  // namespace faultlab::app
