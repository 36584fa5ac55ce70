// The manual page: made from the command line itself, so that the two cannot differ.
#include "app/manual.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace faultlab::app {
namespace {

struct Entry {
  std::string_view name;
  std::string_view meaning;
};

constexpr auto kEnvironment = std::to_array<Entry>({
    {"FAULTLAB_ROOT",
     "The project's folder. Default: the nearest one above the program, or above the working folder, "
     "that holds plots/study."},
    {"FAULTLAB_STATE",
     "Where undo journals lie. Default: $XDG_STATE_HOME/faultlab, else ~/.local/state/faultlab."},
    {"XDG_RUNTIME_DIR",
     "Where an ordinary user's systemd is found, which can start a run in a cgroup of its own."},
    {"NO_COLOR", "When set, verdicts have no colours."},
    {"TERM", "With \"dumb\", progress is plain lines, as it is where stderr is no terminal."},
});

constexpr auto kFiles = std::to_array<Entry>({
    {"experiments/NAME/experiment.json", "An experiment's config; beside it README.md with its hypothesis."},
    {"results/EXPERIMENT/RUN/",
     "A run: manifest.json, trials.jsonl, trials.csv, study.json, figures/ and others. "
     "results/README.md has every field."},
    {"results/.data/", "Datasets, kept for the next run."},
    {"harness/config/experiment.schema.json", "The JSON Schema of configs, for editors."},
    {"docs/",
     "config.md: every field of a config. setup.md: what the host needs. tutorial.md: from a question to a "
     "figure. counters.md: what the counters count."},
});

constexpr std::string_view kSeeAlso =
    "mmap(2), madvise(2), pread(2), mincore(2), userfaultfd(2), getrusage(2), perf_event_open(2), "
    "cgroups(7), "
    "systemd-run(1), fio(1)";

// Text as troff prints it. A hyphen of an option must stay one when it is copied.
std::string escaped(std::string_view text) {
  std::string out;
  bool at_line_start = true;
  for (const char letter : text) {
    if (at_line_start && (letter == '.' || letter == '\'')) out += "\\&";
    if (letter == '\\') {
      out += "\\e";
    } else if (letter == '-') {
      out += "\\-";
    } else if (letter == '`') {
      out += "\\(ga";
    } else {
      out += letter;
    }
    at_line_start = letter == '\n';
  }
  return out;
}

std::string entry(const std::string& head, std::string_view meaning) {
  return fmt::format(".TP\n{}\n{}\n", head, escaped(meaning));
}

// "-h, --help", "--results FOLDER".
std::string head_of(const Argument& option) {
  std::string head;
  for (const std::string& name : option.names)
    head += (head.empty() ? "" : ", ") + ("\\fB" + escaped(name) + "\\fR");
  return option.value.empty() ? head : head + " \\fI" + escaped(option.value) + "\\fR";
}

std::string usage_of(const Command& command) {
  std::string usage = fmt::format("\\fBfaultlab {}\\fR [\\fIOPTIONS\\fR]", escaped(command.name));
  for (const Argument& place : command.places) {
    const std::string name = fmt::format("\\fI{}\\fR{}", escaped(place.place), place.repeats ? " ..." : "");
    usage += place.required ? " " + name : " [" + name + "]";
  }
  return usage + "\n";
}

// A footer of --help: what is indented there keeps its lines.
std::string footer_text(const std::string& footer) {
  std::string text;
  bool as_is = false;
  for (const std::string& line : pieces(footer, '\n')) {
    const bool indented = line.starts_with("  ");
    if (indented != as_is) text += indented ? ".PP\n.nf\n" : ".fi\n";
    as_is = indented;
    if (line.empty()) {
      text += ".PP\n";
    } else {
      text += escaped(line) + "\n";
    }
  }
  return as_is ? text + ".fi\n" : text;
}

bool has_it(const Command& command, const Argument& option) {
  return std::any_of(command.options.begin(), command.options.end(), [&](const Argument& each) {
    return each.names == option.names && each.meaning == option.meaning;
  });
}

// Options that every command has are told once.
std::vector<Argument> shared_options(const CommandTree& tree) {
  std::vector<Argument> shared;
  if (tree.commands.empty()) return shared;
  for (const Argument& option : tree.commands.front().options) {
    const bool everywhere = std::all_of(tree.commands.begin(), tree.commands.end(),
                                        [&](const Command& command) { return has_it(command, option); });
    if (everywhere) shared.push_back(option);
  }
  return shared;
}

std::string command_text(const Command& command, const std::vector<Argument>& shared) {
  std::string text =
      fmt::format(".SS {}\n{}.PP\n{}.\n", escaped(command.name), usage_of(command), escaped(command.summary));
  for (const Argument& place : command.places)
    text += entry("\\fI" + escaped(place.place) + "\\fR", place.meaning);
  for (const Argument& option : command.options) {
    const bool told = std::any_of(shared.begin(), shared.end(),
                                  [&](const Argument& each) { return each.names == option.names; });
    if (!told) text += entry(head_of(option), option.meaning);
  }
  return command.footer.empty() ? text : text + ".PP\n" + footer_text(command.footer);
}

// The lines below "Examples:" up to the next paragraph.
std::string examples_of(const std::string& footer) {
  std::string text;
  for (const std::string& line : pieces(footer, '\n')) {
    if (line.starts_with("  ")) text += line + "\n";
  }
  return text;
}

template <std::size_t N>
std::string entries_text(const std::array<Entry, N>& entries) {
  std::string text;
  for (const Entry& each : entries) text += entry("\\fB" + escaped(each.name) + "\\fR", each.meaning);
  return text;
}

std::string exit_entries() {
  std::string text;
  for (const ExitMeaning& each : kExitMeanings)
    text += entry(fmt::format("\\fB{}\\fR", static_cast<int>(each.code)), each.meaning);
  return text;
}

}  // namespace

ExitCode print_manual(const CommandTree& tree, const std::string& version) {
  const std::vector<Argument> shared = shared_options(tree);
  fmt::print(".TH FAULTLAB 1 \"\" \"faultlab {}\" \"User Commands\"\n", escaped(version));
  fmt::print(".SH NAME\nfaultlab \\- {}\n", escaped(tree.summary.substr(tree.summary.find(": ") + 2)));
  fmt::print(".SH SYNOPSIS\n\\fBfaultlab\\fR \\fICOMMAND\\fR [\\fIOPTIONS\\fR] [\\fIARGUMENTS\\fR]\n");
  fmt::print(
      ".SH DESCRIPTION\n"
      "What does a page fault cost, when does mmap beat read, and what happens when memory runs out?\n"
      "An experiment is a config; a run of it is a folder of results. Every trial is a fresh process in its "
      "own\n"
      "memory cgroup, whose starting state is verified, whose work is checked, and whose counters come from\n"
      "independent sources. Data go to standard output, progress and errors to standard error.\n");
  fmt::print(".SH COMMANDS\n");
  for (const Command& command : tree.commands) fmt::print("{}", command_text(command, shared));
  fmt::print(".SH OPTIONS\nOf every command:\n");
  for (const Argument& option : shared) fmt::print("{}", entry(head_of(option), option.meaning));
  fmt::print("Without a command:\n");
  for (const Argument& option : tree.options) fmt::print("{}", entry(head_of(option), option.meaning));
  fmt::print(".SH EXIT STATUS\n{}", exit_entries());
  fmt::print(".SH ENVIRONMENT\n{}", entries_text(kEnvironment));
  fmt::print(".SH FILES\nBelow the project's folder:\n{}", entries_text(kFiles));
  fmt::print(".SH EXAMPLES\n.nf\n{}.fi\n", escaped(examples_of(tree.footer)));
  fmt::print(".SH SEE ALSO\n{}\n", escaped(kSeeAlso));
  return ExitCode::ok;
}

std::string exit_codes_text() {
  constexpr std::size_t kWidest = 100;
  std::string text = "Exit codes:";
  std::size_t column = text.size();
  for (const ExitMeaning& each : kExitMeanings) {
    const bool last = each.code == kExitMeanings.back().code;
    for (const std::string& word :
         pieces(fmt::format("{} {}{}", static_cast<int>(each.code), each.meaning, last ? "." : ";"), ' ')) {
      const bool fits = column + 1 + word.size() <= kWidest;
      text += (fits ? " " : "\n") + word;
      column = fits ? column + 1 + word.size() : word.size();
    }
  }
  return text;
}

}  // namespace faultlab::app
