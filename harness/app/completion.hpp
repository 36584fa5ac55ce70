// The command `completion`: scripts that teach a shell the command line, and the names that they ask for.
#pragma once

#include <string>

#include "app/command_tree.hpp"
#include "app/commands.hpp"

namespace faultlab::app {

std::string bash_completion(const CommandTree& tree);
std::string zsh_completion(const CommandTree& tree);
std::string fish_completion(const CommandTree& tree);

struct CompletionOptions {
  std::string shell;   // bash, zsh, fish
  std::string values;  // a kind of names to print instead: what the scripts ask for
};
ExitCode print_completion(const Common& common, const CompletionOptions& options, const CommandTree& tree);

// A text as one word of the shell (of all three).
std::string single_quoted(const std::string& text);

}  // namespace faultlab::app
