// The command `man`, and the parts that it shares with --help.
#pragma once

#include <string>

#include "app/command_tree.hpp"
#include "app/exit_code.hpp"

namespace faultlab::app {

// The manual page, in man(7)'s language.
ExitCode print_manual(const CommandTree& tree, const std::string& version);

// "Exit codes: 0 ok; 1 ...", in lines that fit a terminal.
std::string exit_codes_text();

}  // namespace faultlab::app
