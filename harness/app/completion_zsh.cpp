// The command line as a completion function of zsh.
#include <fmt/format.h>

#include "app/completion.hpp"

namespace faultlab::app {
namespace {

constexpr std::string_view kZshHead = R"sh(#compdef faultlab
# Completion of faultlab's command line in zsh, by `faultlab completion zsh`. Put it into a file _faultlab of a folder
# in $fpath, or into ~/.zshrc, after compinit:  source <(faultlab completion zsh)

_faultlab_names() {  # KIND: the names that the program prints; a path is as good
  local -a names results
  if [[ -n ${opt_args[--results]} ]]; then results=(--results ${opt_args[--results]}); fi
  names=(${(f)"$($faultlab_program completion --values $1 $results 2>/dev/null)"})
  compadd -a names || _files
}

_faultlab() {
  local faultlab_program=${words[1]/#\~/$HOME} state line curcontext=$curcontext
  typeset -A opt_args
  _arguments -C \
)sh";

constexpr std::string_view kZshTail = R"sh(
if [[ ${funcstack[1]} == _faultlab ]]; then
  _faultlab "$@"
else
  compdef _faultlab faultlab
fi
)sh";

// In a specification of _arguments, colons and brackets have a meaning.
std::string zsh_text(const std::string& text) {
  std::string escaped;
  for (const char letter : text) {
    if (letter == ':' || letter == '[' || letter == ']' || letter == '\\') escaped += '\\';
    escaped += letter;
  }
  return escaped;
}

// What follows the last colon.
std::string zsh_action(const Argument& argument) {
  switch (argument.source) {
    case Source::files:
      return "_files";
    case Source::folders:
      return "_files -/";
    case Source::choices:
      return fmt::format("({})", fmt::join(argument.choices, " "));
    case Source::names:
      return " _faultlab_names " + argument.kind;  // the space: without _arguments' own options
    case Source::nothing:
      break;
  }
  return " ";
}

std::string zsh_arguments(const std::vector<Argument>& options, const std::vector<Argument>& places,
                          const std::string& indent) {
  std::string text;
  for (const Argument& option : options) {
    for (const std::string& name : option.names) {
      std::string specification =
          fmt::format("{}{}[{}]", option.repeats ? "*" : "", name, zsh_text(option.meaning));
      if (!option.value.empty())
        specification += fmt::format(":{}:{}", zsh_text(option.value), zsh_action(option));
      text += indent + single_quoted(specification) + " \\\n";
    }
  }
  for (const Argument& place : places) {
    text += indent +
            single_quoted(
                fmt::format("{}:{}:{}", place.repeats ? "*" : "", zsh_text(place.place), zsh_action(place))) +
            " \\\n";
  }
  return text;
}

}  // namespace

std::string zsh_completion(const CommandTree& tree) {
  std::string text(kZshHead);
  text += zsh_arguments(tree.options, {}, "    ");
  text += "    '1:command:->command' \\\n    '*::argument:->argument'\n  case $state in\n    command)\n";
  text += "      local -a commands=(\n";
  for (const Command& command : tree.commands)
    text += fmt::format("        {}\n", single_quoted(command.name + ":" + zsh_text(command.summary)));
  text += "      )\n      _describe command commands ;;\n    argument)\n      case $words[1] in\n";
  for (const Command& command : tree.commands) {
    const std::string arguments = zsh_arguments(command.options, command.places, "            ");
    text += fmt::format("        {})\n          _arguments \\\n{} ;;\n", command.name,
                        arguments.substr(0, arguments.rfind(" \\\n")));
  }
  text += "      esac ;;\n  esac\n}\n";
  return text + std::string(kZshTail);
}

}  // namespace faultlab::app
