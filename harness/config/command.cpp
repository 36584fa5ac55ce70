// A program of the user's, in a config.
#include "config/command.hpp"

#include <fmt/format.h>

#include <array>
#include <functional>

#include "config/nearest.hpp"

namespace faultlab::config {
namespace {

using Texts = std::vector<std::string>;

constexpr auto kFieldsOfCommands = std::to_array<std::string_view>(
    {"workload.command", "workload.arguments", "workload.prepare", "workload.files", "workload.packages",
     "workload.window", "workload.checksum"});

// A list of texts, none of them with a NUL: for the kernel it ends there.
struct TextList {
  std::string_view item;  // "an argument"
  std::size_t most;
  std::string_view remedy;
  std::string_view pattern;
  bool (*fits)(std::string_view text);
};

bool is_argument(std::string_view text) { return text.find('\0') == std::string_view::npos; }

// As kFilePattern says it.
bool is_file(std::string_view text) {
  if (!is_argument(text)) return false;
  for (const std::string_view beginning : {"/", "{data}/", "{root}/", "{bin}/"}) {
    if (text.starts_with(beginning)) return true;
  }
  return false;
}

// Debian Policy 5.6.1.
bool is_package(std::string_view text) {
  const auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  if (text.size() < 2 || text.size() > 64 || !plain(text[0])) return false;
  return text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789+-.") == std::string_view::npos;
}

constexpr TextList kArguments{"an argument", kMostArguments, "write [\"program\", \"argument\", ...]",
                              "^[^\\x00]*$", is_argument};
constexpr TextList kFiles{
    "a file", kMostFiles,
    "write [\"{data}/my-files/file\", ...]: paths that begin with /, {data}/, {root}/ or {bin}/",
    kFilePattern, is_file};
constexpr TextList kPackages{"a package", kMostFiles, "write [\"package\", ...], by their names in Debian",
                             "^[a-z0-9][a-z0-9+.-]{1,63}$", is_package};

std::optional<Texts> read_texts(const TextList& list, const Node& node, const Context& context) {
  if (node.kind != Kind::array || node.items.empty() || node.items.size() > list.most) {
    // "an argument" of "1 to 1024 arguments"
    context.problems.add(
        *node.place,
        fmt::format("expected a list of 1 to {} {}s", list.most, list.item.substr(list.item.find(' ') + 1)),
        std::string(list.remedy));
    return std::nullopt;
  }
  Texts texts;
  for (const NodePtr& item : node.items) {
    if (item->kind == Kind::string && list.fits(item->scalar.get_ref<const std::string&>())) {
      texts.push_back(item->scalar.get<std::string>());
    } else {
      context.problems.add(*item->place, fmt::format("expected {}, got {}", list.item, describe(*item)),
                           std::string(list.remedy));
    }
  }
  return texts.size() == node.items.size() ? std::optional(std::move(texts)) : std::nullopt;
}

Setting text_list_setting(std::string path, std::string_view description, const TextList& list) {
  Json schema = {{"description", description},
                 {"type", "array"},
                 {"items", {{"type", "string"}, {"pattern", list.pattern}}},
                 {"minItems", 1},
                 {"maxItems", list.most}};
  return {std::move(path), std::move(schema),
          [list](const Node& node, const Context& context) { read_texts(list, node, context); }};
}

template <class E>
Setting word_setting(std::string path, std::string_view description, E fallback) {
  const std::string noun = path.substr(path.rfind('.') + 1);
  Json words = Json::array();
  for (const std::string_view word : words_of<E>(names_of(E{}))) words.push_back(word);
  return {std::move(path),
          {{"description", description},
           {"type", "string"},
           {"enum", words},
           {"default", faultlab::to_string(fallback)}},
          [noun](const Node& node, const Context& context) {
            read_word(node, noun, names_of(E{}), context.problems);
          }};
}

}  // namespace

void read_command_fields(ObjectReader& workload, const Context& context, Workload& into) {
  const auto texts = [&](std::string_view key, const TextList& list, Texts& held) {
    const Node* node = workload.optional(key);
    auto read = node == nullptr ? std::nullopt : read_texts(list, *node, context);
    if (read) held = std::move(*read);
  };
  const auto word = [&]<class E>(std::string_view key, E& held) {
    const Node* node = workload.optional(key);
    const auto read = node == nullptr ? std::nullopt : read_word(*node, key, names_of(E{}), context.problems);
    if (read) held = *read;
  };
  texts("command", kArguments, into.command);
  texts("arguments", kArguments, into.application.arguments);
  texts("prepare", kArguments, into.application.prepare);
  texts("files", kFiles, into.application.files);
  texts("packages", kPackages, into.application.packages);
  word("window", into.application.window);
  word("checksum", into.application.checksum);
}

void add_command_settings(std::vector<Setting>& all) {
  all.push_back(text_list_setting(
      "workload.command",
      "The program that a command engine runs, and its arguments. {data}, {root} and {bin} stand for the "
      "folders of the data, of the project and of the programs that were built; {seed} for the trial's "
      "seed.",
      kArguments));
  all.push_back(
      text_list_setting("workload.arguments",
                        "Further arguments of the command, after its own: so that one factor can choose the "
                        "program and another what it does.",
                        kArguments));
  all.push_back(text_list_setting(
      "workload.prepare",
      "A program that makes what the command needs: run once before the first trial, outside "
      "of its cgroup, unless it has made the files already.",
      kArguments));
  all.push_back(text_list_setting(
      "workload.files",
      "The files that the command reads, brought to the starting state; a folder stands for "
      "all below it. dataset.size says how much they are together.",
      kFiles));
  all.push_back(text_list_setting("workload.packages",
                                  "Debian packages that the programs come from: named where one is missing.",
                                  kPackages));
  all.push_back(
      word_setting("workload.window",
                   "Where the window of a command lies. whole: from exec to exit; marked: from the line "
                   "`begin` to the line `end` of its report.",
                   CommandWindow::whole));
  all.push_back(
      word_setting("workload.checksum",
                   "What is made of the checksum that a command reports. recorded: it is kept; same: a trial "
                   "whose checksum is not that of the others with its arguments and seed is invalid.",
                   ReportedChecksum::recorded));
}

void write_command_fields(const Workload& workload, Json& json) {
  if (workload.command.empty()) return;
  const Application& application = workload.application;
  json["command"] = workload.command;
  if (!application.arguments.empty()) json["arguments"] = application.arguments;
  if (!application.prepare.empty()) json["prepare"] = application.prepare;
  if (!application.files.empty()) json["files"] = application.files;
  if (!application.packages.empty()) json["packages"] = application.packages;
  json["window"] = faultlab::to_string(application.window);
  json["checksum"] = faultlab::to_string(application.checksum);
}

void check_command(const Combined& check) {
  if (!check.present("workload.command")) {
    check.problem(Rule::command_only, "workload.engine",
                  fmt::format("engine {} needs workload.command, the program that it runs",
                              check.draft.engine->row.name),
                  "write \"command\": [\"program\", \"argument\"] in the workload");
  }
  refuse_access_fields(check, Rule::command_only, "runs a program of its own");
  const bool known = check.present("workload.files");
  if (!check.draft.start || *check.draft.start == Start::cold || (*check.draft.start == Start::warm && known))
    return;
  check.problem(
      Rule::command_start, "start",
      *check.draft.start == Start::warm
          ? "a command starts warm only where it is known what is to be in memory"
          : "a command's own memory cannot be filled and aged before its window",
      known ? "start cold or warm" : "name the files that it reads in workload.files, or start cold");
}

void check_no_command(const Combined& check) {
  for (const std::string_view path : kFieldsOfCommands) {
    if (!check.present(path)) continue;
    check.problem(
        Rule::command_only, path,
        fmt::format("engine {} runs no program: {} means nothing to it", check.draft.engine->row.name, path),
        "remove it, or choose an engine that runs one");
  }
}

}  // namespace faultlab::config
