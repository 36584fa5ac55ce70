// The folder of one run: manifest.json, trials.jsonl, series/ and what is exported from them.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "os/fd.hpp"
#include "os/file.hpp"
#include "record/record.hpp"

namespace faultlab::record {

class RunFolder {
 public:
  // Makes <results>/<experiment>/<run id>/ with its manifest; the id goes into the manifest's "run".
  static Result<RunFolder> create(const std::string& results, const std::string& experiment, Json manifest);
  // Opens a run to go on with it. A torn last line, left by a kill in the middle of an append, is cut
  // off: its trial counts as not run. Refuses while another process writes to the run.
  static Result<RunFolder> open(const std::string& path);

  const std::string& path() const { return path_; }
  std::string id() const { return manifest_.at("run").get<std::string>(); }
  const Json& manifest() const { return manifest_; }
  // Sequences that need not run again: every outcome but `interrupted`.
  const std::set<std::uint32_t>& finished() const { return finished_; }

  // On the disk when it returns.
  Result<> append(const Record& record);
  std::string series_path(std::uint32_t sequence) const;
  // Adds to or replaces a part of the manifest.
  Result<> amend_manifest(const std::string& key, Json value);

 private:
  RunFolder(std::string path, Json manifest, os::Fd lock, os::AppendFile trials)
      : path_(std::move(path)),
        manifest_(std::move(manifest)),
        lock_(std::move(lock)),
        trials_(std::move(trials)) {}
  static Result<RunFolder> hold(std::string path, Json manifest);

  std::string path_;
  Json manifest_;
  os::Fd lock_;
  os::AppendFile trials_;
  std::set<std::uint32_t> finished_;
};

Result<Json> load_manifest(const std::string& run);
// Every whole line of trials.jsonl; an error names file and line of a malformed one.
Result<std::vector<Json>> load_records(const std::string& run);

}  // namespace faultlab::record
