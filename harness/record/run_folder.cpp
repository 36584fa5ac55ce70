// Run folders: created, appended to, opened again.
#include "record/run_folder.hpp"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <chrono>
#include <ctime>

#include "base/random.hpp"
#include "measure/clock.hpp"

namespace faultlab::record {
namespace {

std::string manifest_path(const std::string& run) { return run + "/manifest.json"; }
std::string trials_path(const std::string& run) { return run + "/trials.jsonl"; }

std::string new_run_id() {
  const auto unique = mix64(now_ns() ^ (static_cast<std::uint64_t>(::getpid()) << 40));
  return fmt::format("{:%Y%m%dT%H%M%SZ}-{:06x}", fmt::gmtime(std::time(nullptr)), unique & 0xFFFFFF);
}

Result<> save_manifest(const std::string& run, const Json& manifest) {
  return os::replace_file(manifest_path(run), manifest.dump(2) + "\n");
}

// Cuts off what follows the last newline.
Result<> cut_torn_line(const std::string& path) {
  if (!os::exists(path)) return {};
  auto text = os::read_text(path);
  if (!text) return propagate(std::move(text));
  const auto last = text->rfind('\n');
  const std::size_t whole = last == std::string::npos ? 0 : last + 1;
  if (whole == text->size()) return {};
  if (::truncate(path.c_str(), static_cast<off_t>(whole)) != 0)
    return os::os_failure("cut a torn line off " + path);
  return {};
}

}  // namespace

Result<RunFolder> RunFolder::hold(std::string path, Json manifest) {
  auto lock = os::open_fd(path, O_RDONLY | O_DIRECTORY);
  if (!lock) return propagate(std::move(lock));
  if (::flock(lock->get(), LOCK_EX | LOCK_NB) != 0) {
    return fail("open run " + path + ": another process is writing to it", "wait for that run to end");
  }
  if (auto cut = cut_torn_line(trials_path(path)); !cut) return propagate(std::move(cut));
  auto trials = os::AppendFile::open(trials_path(path));
  if (!trials) return propagate(std::move(trials));
  return RunFolder(std::move(path), std::move(manifest), std::move(*lock), std::move(*trials));
}

Result<RunFolder> RunFolder::create(const std::string& results, const std::string& experiment,
                                    Json manifest) {
  manifest["run"] = new_run_id();
  std::string path = fmt::format("{}/{}/{}", results, experiment, manifest["run"].get<std::string>());
  if (auto made = os::make_folders(path + "/series"); !made) return propagate(std::move(made));
  if (auto saved = save_manifest(path, manifest); !saved) return propagate(std::move(saved));
  return hold(std::move(path), std::move(manifest));
}

Result<RunFolder> RunFolder::open(const std::string& path) {
  auto manifest = load_manifest(path);
  if (!manifest) return propagate(std::move(manifest));
  auto folder = hold(path, std::move(*manifest));
  if (!folder) return folder;
  auto records = load_records(path);
  if (!records) return propagate(std::move(records));
  for (const Json& record : *records) {
    if (record.at("outcome") != to_string(Outcome::interrupted)) {
      folder->finished_.insert(record.at("sequence").get<std::uint32_t>());
    }
  }
  return folder;
}

Result<> RunFolder::append(const Record& record) {
  if (auto appended = trials_.append_line(to_json(record).dump()); !appended) return appended;
  if (record.outcome != Outcome::interrupted) finished_.insert(record.sequence);
  return {};
}

std::string RunFolder::series_path(std::uint32_t sequence) const {
  return fmt::format("{}/series/{:05}.csv", path_, sequence);
}

Result<> RunFolder::amend_manifest(const std::string& key, Json value) {
  manifest_[key] = std::move(value);
  return save_manifest(path_, manifest_);
}

Result<Json> load_manifest(const std::string& run) {
  auto text = os::read_text(manifest_path(run));
  if (!text) {
    return fail(run + " is not a run folder: " + text.error().what,
                "name a folder results/<experiment>/<run id> that `faultlab run` has made");
  }
  Json manifest = Json::parse(*text, nullptr, false);
  if (manifest.is_discarded() || manifest.value("schema_version", 0) != kSchemaVersion) {
    return fail(manifest_path(run) + " is not a manifest of schema version 1", "run the experiment again");
  }
  return manifest;
}

Result<std::vector<Json>> load_records(const std::string& run) {
  std::vector<Json> records;
  const std::string path = trials_path(run);
  auto text = os::read_text(path);
  if (!text) return propagate(std::move(text));
  std::size_t line = 1;
  for (std::size_t at = 0, end = 0; (end = text->find('\n', at)) != std::string::npos; at = end + 1, ++line) {
    Json record = Json::parse(text->begin() + static_cast<std::ptrdiff_t>(at),
                              text->begin() + static_cast<std::ptrdiff_t>(end), nullptr, false);
    if (record.is_discarded() || !record.contains("sequence")) {
      return fail(fmt::format("{}:{}: not a record", path, line), "restore the file from a copy");
    }
    records.push_back(std::move(record));
  }
  return records;
}

}  // namespace faultlab::record
