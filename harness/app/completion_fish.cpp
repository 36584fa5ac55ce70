// The command line as completions of fish.
#include <fmt/format.h>

#include "app/completion.hpp"

namespace faultlab::app {
namespace {

constexpr std::string_view kFishHead =
    R"sh(# Completion of faultlab's command line in fish, by `faultlab completion fish`. Put it into
# ~/.config/fish/completions/faultlab.fish, or type:  faultlab completion fish | source

function __faultlab_names  # KIND: the names that the program prints
  set -l typed (commandline -opc)
  command $typed[1] completion --values $argv[1] 2>/dev/null
end

complete -c faultlab -f
)sh";

// A file is offered where the word is no name of ours.
std::string fish_values(const Argument& argument) {
  switch (argument.source) {
    case Source::files:
      return " -F";
    case Source::folders:
      return " -a '(__fish_complete_directories)'";
    case Source::choices:
      return fmt::format(" -a '{}'", fmt::join(argument.choices, " "));
    case Source::names:
      return fmt::format("{} -a '(__faultlab_names {})'",
                         argument.kind == "runs" || argument.kind == "experiments" ? " -F" : "",
                         argument.kind);
    case Source::nothing:
      break;
  }
  return "";
}

std::string fish_option(const Argument& option, const std::string& condition) {
  std::string line = fmt::format("complete -c faultlab -n '{}'", condition);
  for (const std::string& name : option.names)
    line += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  if (!option.value.empty()) line += " -r" + fish_values(option);
  return line + " -d " + single_quoted(option.meaning) + "\n";
}

}  // namespace

std::string fish_completion(const CommandTree& tree) {
  std::string text(kFishHead);
  for (const Argument& option : tree.options) text += fish_option(option, "__fish_use_subcommand");
  for (const Command& command : tree.commands) {
    text += fmt::format("\ncomplete -c faultlab -n __fish_use_subcommand -a {} -d {}\n", command.name,
                        single_quoted(command.summary));
    const std::string condition = "__fish_seen_subcommand_from " + command.name;
    for (const Argument& option : command.options) text += fish_option(option, condition);
    for (const Argument& place : command.places) {
      const std::string offered = fish_values(place);
      if (!offered.empty()) text += fmt::format("complete -c faultlab -n '{}'{}\n", condition, offered);
    }
  }
  return text;
}

}  // namespace faultlab::app
