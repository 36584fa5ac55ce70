// Journal lines to and from JSON.
#include "host/journal_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "host/text.hpp"

namespace faultlab::host {

using Json = nlohmann::ordered_json;

namespace {

constexpr std::string_view kPrefix = "undo-";
constexpr std::string_view kSuffix = ".jsonl";
constexpr std::string_view kRemoveCgroup = "remove_cgroup", kWriteBack = "write_back",
                           kRemoveFile = "remove_file", kKillProcess = "kill_process", kSwapOff = "swap_off",
                           kRemoveZram = "remove_zram", kDetachLoop = "detach_loop", kUnmount = "unmount",
                           kRemoveFolder = "remove_folder";

struct ToJson {
  Json& json;
  void operator()(const RemoveCgroup& undo) const {
    json["undo"] = kRemoveCgroup;
    json["path"] = undo.path;
  }
  void operator()(const WriteBack& undo) const {
    json["undo"] = kWriteBack;
    json["path"] = undo.path;
    json["text"] = undo.text;
  }
  void operator()(const RemoveFile& undo) const {
    json["undo"] = kRemoveFile;
    json["path"] = undo.path;
  }
  void operator()(const KillProcess& undo) const {
    json["undo"] = kKillProcess;
    json["pid"] = undo.pid;
    json["start_ticks"] = undo.start_ticks;
  }
  void operator()(const SwapOff& undo) const {
    json["undo"] = kSwapOff;
    json["path"] = undo.path;
  }
  void operator()(const RemoveZram& undo) const {
    json["undo"] = kRemoveZram;
    json["number"] = undo.number;
    json["sequence"] = undo.sequence;
  }
  void operator()(const DetachLoop& undo) const {
    json["undo"] = kDetachLoop;
    json["number"] = undo.number;
    json["path"] = undo.path;
  }
  void operator()(const Unmount& undo) const {
    json["undo"] = kUnmount;
    json["path"] = undo.path;
    json["source"] = undo.source;
  }
  void operator()(const RemoveFolder& undo) const {
    json["undo"] = kRemoveFolder;
    json["path"] = undo.path;
  }
};

std::optional<std::string> text_at(const Json& json, const char* key) {
  const auto at = json.find(key);
  if (at == json.end() || !at->is_string()) return std::nullopt;
  return at->get<std::string>();
}

std::optional<std::uint64_t> number_at(const Json& json, const char* key) {
  const auto at = json.find(key);
  if (at == json.end() || !at->is_number_unsigned()) return std::nullopt;
  return at->get<std::uint64_t>();
}

std::optional<Undo> undo_from(const Json& json) {
  const auto kind = text_at(json, "undo");
  const auto path = text_at(json, "path");
  if (kind == kRemoveCgroup && path) return RemoveCgroup{*path};
  if (kind == kRemoveFile && path) return RemoveFile{*path};
  if (kind == kRemoveFolder && path) return RemoveFolder{*path};
  if (kind == kUnmount && path) {
    if (const auto source = text_at(json, "source")) return Unmount{*path, *source};
  }
  if (kind == kWriteBack && path) {
    if (const auto text = text_at(json, "text")) return WriteBack{*path, *text};
  }
  if (kind == kKillProcess) {
    const auto pid = number_at(json, "pid");
    const auto ticks = number_at(json, "start_ticks");
    if (pid && *pid > 1 && ticks) return KillProcess{static_cast<pid_t>(*pid), *ticks};
  }
  const auto number = number_at(json, "number");
  if (kind == kSwapOff && path) return SwapOff{*path};
  if (kind == kDetachLoop && path && number) return DetachLoop{static_cast<unsigned>(*number), *path};
  if (kind == kRemoveZram && number) {
    if (const auto sequence = text_at(json, "sequence")) {
      return RemoveZram{static_cast<unsigned>(*number), *sequence};
    }
  }
  return std::nullopt;
}

}  // namespace

std::string journal_name(const Owner& owner) {
  return fmt::format("{}{}-{}-{}{}", kPrefix, owner.boot, owner.pid, owner.start_ticks, kSuffix);
}

std::optional<Owner> owner_from_name(std::string_view name) {
  if (!name.starts_with(kPrefix) || !name.ends_with(kSuffix)) return std::nullopt;
  name.remove_prefix(kPrefix.size());
  name.remove_suffix(kSuffix.size());
  const auto before_ticks = name.rfind('-');  // the boot id holds dashes of its own
  if (before_ticks == std::string_view::npos || before_ticks == 0) return std::nullopt;
  const auto before_pid = name.rfind('-', before_ticks - 1);
  if (before_pid == std::string_view::npos) return std::nullopt;
  const auto pid = to_number(name.substr(before_pid + 1, before_ticks - before_pid - 1));
  const auto ticks = to_number(name.substr(before_ticks + 1));
  if (!pid || !ticks) return std::nullopt;
  return Owner{std::string(name.substr(0, before_pid)), static_cast<pid_t>(*pid), *ticks};
}

Result<std::string> entry_line(const Entry& entry) {
  Json json{{"id", entry.id}, {"at_ns", entry.at_ns}};
  std::visit(ToJson{json}, entry.undo);
  try {
    return json.dump();
  } catch (const Json::exception&) {
    return fail("write an undo entry: a path in it is not UTF-8", "use a folder whose name is UTF-8");
  }
}

std::string settled_line(std::uint64_t id) { return fmt::format(R"({{"settled":{}}})", id); }

JournalText parse_journal(std::string_view text) {
  JournalText parsed;
  for (const auto line : lines_of(text)) {
    const Json json = Json::parse(line, nullptr, false);
    if (json.is_discarded() || !json.is_object()) continue;
    if (const auto settled = number_at(json, "settled")) {
      std::erase_if(parsed.open, [&](const Entry& entry) { return entry.id == *settled; });
      continue;
    }
    const auto id = number_at(json, "id");
    const auto at = number_at(json, "at_ns");
    auto undo = undo_from(json);
    if (!id || !at || !undo) continue;
    parsed.open.push_back({*id, *at, std::move(*undo)});
    parsed.last_id = std::max(parsed.last_id, *id);
  }
  return parsed;
}

}  // namespace faultlab::host
