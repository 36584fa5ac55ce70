// The command line as a completion function of bash.
#include <fmt/format.h>

#include "app/completion.hpp"

namespace faultlab::app {
namespace {

constexpr std::string_view kHead =
    R"sh(# Completion of faultlab's command line in bash, by `faultlab completion bash`. In ~/.bashrc:
#   source <(faultlab completion bash)
# It also serves the project's ./run, whose program it asks for names; ./run itself would build first.

_faultlab_ask() {  # PROGRAM KIND [--results FOLDER]: the names that there are, a line each
  local program=${1/#\~/$HOME}
  if [[ $program == run || $program == */run ]]; then program=${program%run}build/measure/faultlab; fi
  "$program" completion --values "${@:2}" 2>/dev/null
}
)sh";

// The rest does not depend on which commands there are. It is called with the command's name in $1.
constexpr std::string_view kTail = R"sh(
_faultlab_complete() {  # SOURCE KIND-OR-CHOICES: puts what begins as the current word does into COMPREPLY
  case $1 in
    folders) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- "$current") ;;
    files) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
    choices) mapfile -t COMPREPLY < <(compgen -W "$2" -- "$current") ;;
    names)
      local name
      while IFS= read -r name; do
        if [[ $name == "$current"* ]]; then COMPREPLY+=("$name"); fi
      done < <(_faultlab_ask "$program" "$2" "${results[@]}")
      # A path is as good where configs and runs are asked for.
      if [[ $2 == runs || $2 == experiments ]] && ((${#COMPREPLY[@]} == 0)); then _faultlab_complete files; fi ;;
  esac
}

_faultlab() {
  local program=$1 current=${COMP_WORDS[COMP_CWORD]} command='' option='' place=0 i word
  local source='' kind='' results=()
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    if [[ $word == '=' ]]; then continue; fi  # "--results=x" comes in three pieces
    if [[ $option ]]; then
      if [[ $option == --results ]]; then results=(--results "$word"); fi
      option=''
    elif [[ $word == -* ]]; then
      _faultlab_option "$command" "$word"
      if [[ $source ]]; then option=$word; fi
    elif [[ -z $command ]]; then
      command=$word
    else
      ((++place))
    fi
  done
  if [[ $current == '=' ]]; then current=''; fi
  if [[ $option ]]; then
    _faultlab_option "$command" "$option"
    _faultlab_complete "$source" "$kind"
  elif [[ $current == -* ]]; then
    _faultlab_complete choices "$(_faultlab_options "$command")"
  elif [[ -z $command ]]; then
    _faultlab_complete choices "$(_faultlab_commands)"
  else
    _faultlab_place "$command" "$place"
    _faultlab_complete "$source" "$kind"
  fi
}

complete -F _faultlab faultlab ./run
)sh";

// "names experiments", "choices 'bash zsh fish'".
std::string setting(const Argument& argument) {
  switch (argument.source) {
    case Source::files:
      return "source=files";
    case Source::folders:
      return "source=folders";
    case Source::choices:
      return fmt::format("source=choices kind={}",
                         single_quoted(fmt::format("{}", fmt::join(argument.choices, " "))));
    case Source::names:
      return "source=names kind=" + argument.kind;
    case Source::nothing:
      break;
  }
  return "source=nothing";
}

std::string option_words(const std::vector<Argument>& options) {
  std::string words;
  for (const Argument& option : options) {
    for (const std::string& name : option.names) words += (words.empty() ? "" : " ") + name;
  }
  return words;
}

std::string options_function(const CommandTree& tree) {
  std::string text = "\n_faultlab_options() {  # COMMAND: its options\n  case $1 in\n";
  text += fmt::format("    '') echo {} ;;\n", single_quoted(option_words(tree.options)));
  for (const Command& command : tree.commands)
    text += fmt::format("    {}) echo {} ;;\n", command.name, single_quoted(option_words(command.options)));
  return text + "  esac\n}\n";
}

std::string values_function(const CommandTree& tree) {
  std::string text =
      "\n_faultlab_option() {  # COMMAND OPTION: sets source and kind of the value; no source: it takes "
      "none\n"
      "  source='' kind=''\n  case \"$1 $2\" in\n";
  for (const Command& command : tree.commands) {
    for (const Argument& option : command.options) {
      if (option.value.empty()) continue;
      for (const std::string& name : option.names)
        text += fmt::format("    '{} {}') {} ;;\n", command.name, name, setting(option));
    }
  }
  return text + "  esac\n}\n";
}

std::string places_function(const CommandTree& tree) {
  std::string text =
      "\n_faultlab_place() {  # COMMAND NUMBER: sets source and kind of that argument, from 0\n"
      "  source='' kind=''\n  case \"$1 $2\" in\n";
  for (const Command& command : tree.commands) {
    for (std::size_t i = 0; i < command.places.size(); ++i) {
      const Argument& place = command.places[i];
      const std::string pattern =
          place.repeats ? fmt::format("'{} '*", command.name) : fmt::format("'{} {}'", command.name, i);
      text += fmt::format("    {}) {} ;;\n", pattern, setting(place));
    }
  }
  return text + "  esac\n}\n";
}

}  // namespace

std::string bash_completion(const CommandTree& tree) {
  std::vector<std::string> names;
  for (const Command& command : tree.commands) names.push_back(command.name);
  return fmt::format("{}\n_faultlab_commands() {{ echo '{}'; }}\n{}{}{}{}", kHead, fmt::join(names, " "),
                     options_function(tree), values_function(tree), places_function(tree), kTail);
}

}  // namespace faultlab::app
