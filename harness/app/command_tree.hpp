// The command line as data: what shell completion and the manual page are made from.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}

namespace faultlab::app {

// Where the shell finds what may stand in an argument's place.
enum class Source {
  nothing,  // a word of the user's own
  files,
  folders,
  choices,  // a fixed list
  names,    // the program prints them: `faultlab completion --values KIND`
};

struct Argument {
  std::vector<std::string> names;  // "--results", "-h"; of a positional one: empty
  std::string place;               // of a positional one: "experiment"
  std::string value;               // what it takes: "FOLDER"; empty for a flag
  std::string meaning;
  bool required = false;
  bool repeats = false;
  Source source = Source::nothing;
  std::string kind;                  // of names: "experiments"
  std::vector<std::string> choices;  // of choices
};

struct Command {
  std::string name;
  std::string summary;
  std::string footer;
  std::vector<Argument> options;
  std::vector<Argument> places;  // positional arguments, in their order
};

struct CommandTree {
  std::string summary;
  std::string footer;
  std::vector<Argument> options;
  std::vector<Command> commands;
};

// What is hidden from --help is not in it.
CommandTree command_tree(const CLI::App& app);

// A text cut at each such character.
std::vector<std::string> pieces(const std::string& text, char at);

}  // namespace faultlab::app
