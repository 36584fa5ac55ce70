// Preparations, run or found done.
#include "run/preparation.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <string.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "base/hash.hpp"
#include "config/sizes.hpp"
#include "dataset/dataset.hpp"
#include "dataset/files.hpp"
#include "os/command.hpp"
#include "os/file.hpp"
#include "os/process.hpp"

namespace faultlab::run {
namespace {

using record::Json;

constexpr std::size_t kLastLines = 12;
// Of the size that was stated: then shares of it mean what they say.
constexpr std::uint64_t kToleratedPercent = 10;

// One preparation, with what all of its cells want of it.
struct Wanted {
  std::vector<std::string> command;
  std::set<std::string> files;
  Bytes size;
};

// In the order of the cells, by the words of the command.
std::vector<Wanted> wanted_by(const config::Experiment& experiment, const Places& places) {
  std::vector<Wanted> all;
  for (const config::ResolvedCell& cell : experiment.cells) {
    const auto& application = cell.trial.workload.application;
    if (application.prepare.empty()) continue;
    auto command = placed(application.prepare, places);
    auto same =
        std::find_if(all.begin(), all.end(), [&](const Wanted& each) { return each.command == command; });
    if (same == all.end()) same = all.insert(all.end(), Wanted{std::move(command), {}, {}});
    for (std::string& file : placed(application.files, places)) same->files.insert(std::move(file));
    same->size = std::max(same->size, cell.trial.dataset.size);
  }
  return all;
}

std::vector<std::string> list_of(const std::set<std::string>& paths) { return {paths.begin(), paths.end()}; }

Json state_of(const std::string& path) {
  const auto status = os::file_status(path);
  if (!status) return {{"path", path}};
  return {{"path", path}, {"size", status->size.value}, {"modified_ns", status->modified_ns}};
}

// The program and each file that the command names, such as a script: a new one may make something else.
Json tools_of(const Wanted& wanted) {
  Json tools = Json::array();
  tools.push_back(state_of(os::find_tool(wanted.command.front())));
  for (std::size_t i = 1; i < wanted.command.size(); ++i) {
    const std::string& word = wanted.command[i];
    if (word.starts_with('/') && !wanted.files.contains(word) && os::exists(word))
      tools.push_back(state_of(word));
  }
  return tools;
}

// What is noted of a preparation that has been made, or an error where its files are not there.
Result<Json> note_of(const Wanted& wanted, Json tools) {
  auto files = dataset::find_files(list_of(wanted.files));
  if (!files) return propagate(std::move(files));
  Json note = {{"command", wanted.command}, {"tools", std::move(tools)}, {"files", Json::array()}};
  for (const DataFile& file : *files) note["files"].push_back(state_of(file.path));
  return note;
}

struct Notebook {
  std::string note;    // its file
  std::string output;  // that of what was printed
};

Notebook notebook_of(const Wanted& wanted, const Places& places) {
  const std::string hash = fnv1a64(fmt::format("{}", fmt::join(wanted.command, "\n")));
  const std::string base = fmt::format("{}/prepared/{}", places.data, hash.substr(hash.find(':') + 1));
  return {base + ".json", base + ".txt"};
}

std::string last_lines(const std::string& path) {
  const auto text = os::read_text(path);
  if (!text) return "  (" + text.error().what + ")";
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text->size();) {
    const std::size_t end = std::min(text->find('\n', at), text->size());
    lines.push_back("  " + text->substr(at, end - at));
    at = end + 1;
  }
  if (lines.empty()) return "  (it printed nothing)";
  const auto skipped = static_cast<std::ptrdiff_t>(lines.size() - std::min(lines.size(), kLastLines));
  return fmt::format("{}", fmt::join(lines.begin() + skipped, lines.end(), "\n"));
}

// Writes its output to the file; its exit.
Result<os::Exit> run_program(const std::vector<std::string>& command, const std::string& output,
                             os::SignalGate& gate) {
  auto out = os::open_fd(output, O_WRONLY | O_CREAT | O_TRUNC);
  if (!out) return propagate(std::move(out));
  auto nothing = os::open_fd("/dev/null", O_RDONLY);
  if (!nothing) return propagate(std::move(nothing));
  auto child = os::Child::spawn({.program = command.front(),
                                 .arguments = command,
                                 .descriptors = {{nothing->get(), 0}, {out->get(), 1}, {out->get(), 2}}});
  if (!child) return propagate(std::move(child));
  for (;;) {
    const auto ready = os::wait_readable({&child->pidfd(), &gate.fd()}, -1);
    if (!ready) return Failure(ready.error());
    if (gate.raised()) {
      child->kill_group();
      return fail("interrupted");
    }
    if ((*ready & 1) != 0) return child->wait();
  }
}

Result<> make(const Wanted& wanted, const Notebook& notebook, os::SignalGate& gate) {
  const std::string name = fmt::format("workload.prepare ({})", fmt::join(wanted.command, " "));
  const auto exit = run_program(wanted.command, notebook.output, gate);
  if (!exit) return Failure(Error(exit.error()).within(name));
  if (!exit->signalled && exit->code == 0) return {};
  const std::string how =
      exit->signalled ? fmt::format("was ended by signal {} ({})", exit->code, ::strsignal(exit->code))
                      : fmt::format("ended with exit status {}", exit->code);
  return fail(fmt::format("{} {}; it last printed:\n{}", name, how, last_lines(notebook.output)),
              "all that it printed is in " + notebook.output);
}

// No tool likes to make the folders that its file is to lie in.
Result<> make_folders_of(const Wanted& wanted) {
  for (const std::string& file : wanted.files) {
    if (auto made = os::make_folders(std::filesystem::path(file).parent_path().string()); !made) return made;
  }
  return {};
}

Result<> check_room(const Wanted& wanted, const Places& places) {
  const auto space = os::space_at(places.data);
  if (!space || space->free >= wanted.size + dataset::kReserve) return {};
  return fail(fmt::format("make files of {} bytes in {}: only {} bytes are free, and {} are kept in reserve",
                          wanted.size.value, places.data, space->free.value, dataset::kReserve.value),
              "choose a smaller dataset.size, free space, or name another folder with --data");
}

Result<Prepared> prepare_one(const Wanted& wanted, const Places& places, os::SignalGate& gate,
                             const std::function<void(const std::string&)>& note) {
  const Notebook notebook = notebook_of(wanted, places);
  const Json tools = tools_of(wanted);
  Prepared prepared{wanted.command, notebook.output, false, 0, {}};
  if (!wanted.files.empty()) {
    const auto now = note_of(wanted, tools);
    const auto noted = os::read_text(notebook.note);
    prepared.reused = now && noted && Json::parse(*noted, nullptr, false) == *now;
  }
  if (!prepared.reused) {
    if (auto made = os::make_folders(places.data + "/prepared"); !made) return propagate(std::move(made));
    if (auto removed = os::remove_file(notebook.note); !removed) return propagate(std::move(removed));
    if (auto room = check_room(wanted, places); !room) return propagate(std::move(room));
    if (note) note(fmt::format("preparing: {}", fmt::join(wanted.command, " ")));
    if (auto made = make_folders_of(wanted); !made) return propagate(std::move(made));
    if (auto made = make(wanted, notebook, gate); !made) return propagate(std::move(made));
  }
  if (wanted.files.empty()) return prepared;
  const auto files = dataset::find_files(list_of(wanted.files));
  if (!files) return Failure(Error(files.error()).within("after workload.prepare"));
  prepared.files = files->size();
  prepared.bytes = dataset::total_size(*files);
  auto made = note_of(wanted, tools);
  if (!made) return propagate(std::move(made));
  if (auto noted = os::replace_file(notebook.note, made->dump() + "\n"); !noted)
    return propagate(std::move(noted));
  return prepared;
}

Result<> check_sizes(const config::Experiment& experiment, const Places& places) {
  std::set<std::pair<std::vector<std::string>, std::uint64_t>> seen;
  for (const config::ResolvedCell& cell : experiment.cells) {
    const auto& named = cell.trial.workload.application.files;
    const std::uint64_t stated = cell.trial.dataset.size.value;
    if (named.empty() || !seen.emplace(named, stated).second) continue;
    const auto files = dataset::find_files(placed(named, places));
    if (!files) return Failure(files.error());
    const std::uint64_t found = dataset::total_size(*files).value;
    const std::uint64_t apart = found > stated ? found - stated : stated - found;
    if (apart <= stated / 100 * kToleratedPercent) continue;
    return fail(
        fmt::format(
            "workload.files ({}) hold {} bytes, and dataset.size says {}: shares of the dataset would "
            "mean something else",
            fmt::join(placed(named, places), " "), found, stated),
        fmt::format("write \"dataset\": {{\"size\": \"{}\"}} for them",
                    config::size_text(bytes_of(pages_ceil(Bytes(found))))));
  }
  return {};
}

}  // namespace

Result<std::vector<Prepared>> prepare_commands(const config::Experiment& experiment, const Places& places,
                                               os::SignalGate& gate,
                                               const std::function<void(const std::string&)>& note) {
  std::vector<Prepared> all;
  for (const Wanted& wanted : wanted_by(experiment, places)) {
    auto prepared = prepare_one(wanted, places, gate, note);
    if (!prepared) return propagate(std::move(prepared));
    all.push_back(std::move(*prepared));
  }
  if (auto checked = check_sizes(experiment, places); !checked) return propagate(std::move(checked));
  return all;
}

Result<> keep(const std::vector<Prepared>& prepared, record::RunFolder& folder) {
  if (prepared.empty()) return {};
  std::string text;
  Json manifest = Json::array();
  for (const Prepared& each : prepared) {
    const auto output = os::read_text(each.output);
    text +=
        fmt::format("$ {}\n{}", fmt::join(each.command, " "), output ? *output : output.error().what + "\n");
    manifest.push_back({{"command", each.command},
                        {"reused", each.reused},
                        {"files", each.files},
                        {"bytes", each.bytes.value}});
  }
  if (auto kept = os::replace_file(folder.path() + "/prepare-output.txt", text); !kept) return kept;
  return folder.amend_manifest("prepared", std::move(manifest));
}

}  // namespace faultlab::run
