// From CLI11's objects to data.
#include "app/command_tree.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>

namespace faultlab::app {
namespace {

// What an argument is called says what it takes: a new command that has a "run" completes run folders.
struct Meaning {
  std::string_view word;  // a positional argument's name, or an option's type, in small letters
  Source source;
  std::string_view kind = {};
};
constexpr auto kMeanings = std::to_array<Meaning>({
    {"experiment", Source::names, "experiments"},
    {"experiments", Source::names, "experiments"},
    {"configs", Source::names, "experiments"},
    {"run", Source::names, "runs"},
    {"runs", Source::names, "runs"},
    {"prices_run", Source::names, "runs"},
    {"kind", Source::names, "kinds"},
    {"scenarios", Source::names, "scenarios"},
    {"metric", Source::names, "metrics"},
    {"folder", Source::folders},
    {"bundle", Source::folders},
    {"name", Source::nothing},
    {"sequence", Source::nothing},
    {"uint", Source::nothing},
    {"int", Source::nothing},
});

std::string small(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
  return text;
}

// CLI::IsMember shows itself in the type: "TEXT:{bash,zsh,fish}".
std::vector<std::string> choices_in(const std::string& type) {
  const auto begin = type.find('{');
  const auto end = type.find('}');
  if (begin == std::string::npos || end == std::string::npos || end < begin) return {};
  return pieces(type.substr(begin + 1, end - begin - 1), ',');
}

void find_source(Argument& argument, const std::string& type) {
  argument.choices = choices_in(type);
  if (!argument.choices.empty()) {
    argument.source = Source::choices;
    return;
  }
  const std::string word = small(argument.place.empty() ? type : argument.place);
  const auto* const found = std::find_if(kMeanings.begin(), kMeanings.end(),
                                         [&](const Meaning& each) { return each.word == word; });
  argument.source = found == kMeanings.end() ? Source::files : found->source;
  argument.kind = found == kMeanings.end() ? "" : found->kind;
}

Argument argument_of(const CLI::Option& option) {
  Argument argument;
  for (const std::string& name : option.get_snames()) argument.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) argument.names.push_back("--" + name);
  argument.meaning = option.get_description();
  argument.required = option.get_required();
  argument.repeats = option.get_items_expected_max() > 1;
  if (argument.names.empty()) argument.place = option.get_name(true);
  if (option.get_items_expected_max() == 0) return argument;
  const std::string type = option.get_type_name();
  find_source(argument, type);
  argument.value = type.substr(0, type.find(':'));
  return argument;
}

void add_arguments(const CLI::App& app, std::vector<Argument>& options, std::vector<Argument>* places) {
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_group().empty()) continue;
    Argument argument = argument_of(*option);
    if (!argument.names.empty()) {
      options.push_back(std::move(argument));
    } else if (places != nullptr) {
      places->push_back(std::move(argument));
    }
  }
}

}  // namespace

std::vector<std::string> pieces(const std::string& text, char at) {
  std::vector<std::string> all;
  std::size_t begin = 0;
  for (std::size_t end = text.find(at); end != std::string::npos; end = text.find(at, begin)) {
    all.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  all.push_back(text.substr(begin));
  return all;
}

CommandTree command_tree(const CLI::App& app) {
  CommandTree tree{app.get_description(), app.get_footer(), {}, {}};
  add_arguments(app, tree.options, nullptr);
  for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (sub->get_group().empty()) continue;
    // CLI11 hands the program's footer down to commands that have none.
    const std::string footer = sub->get_footer() == tree.footer ? "" : sub->get_footer();
    Command command{sub->get_name(), sub->get_description(), footer, {}, {}};
    add_arguments(*sub, command.options, &command.places);
    tree.commands.push_back(std::move(command));
  }
  return tree;
}

}  // namespace faultlab::app
