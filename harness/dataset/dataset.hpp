// Dataset files: made with real writes, reused when intact, brought to a stated residency and proved
// to be there.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "config/experiment.hpp"
#include "host/journal.hpp"
#include "measure/reading.hpp"
#include "os/fd.hpp"

namespace faultlab::dataset {

// The file for this dataset in `folder`; its name tells its content.
std::string path_of(const config::Dataset& dataset, const std::string& folder);

struct Ensured {
  std::string path;
  bool reused = false;
};

// Makes the file unless an intact one is there. Intact: the size, no holes (a sparse one: no blocks), and the
// inode and modification time that were noted when it was made; otherwise its whole content is checked.
// Refuses, before writing, when less than `reserve` would stay free on the file system. A file system that
// is full is ENOSPC, and nothing stays of what was begun.
// `interrupted` is asked between chunks.
Result<Ensured> ensure(const config::Dataset& dataset, const std::string& folder, Bytes reserve,
                       const std::shared_ptr<host::Journal>& journal,
                       const std::function<bool()>& interrupted);

inline constexpr Bytes kReserve{std::uint64_t{1} << 30};

// The file has its size and all of its blocks; a sparse one has none. Its content is checked by ensure(), and
// by every trial.
bool whole(const config::Dataset& dataset, const std::string& path);

// Why an access at `offset` may have failed, looked up now: the file is shorter than `size`, or the device
// does not read, or neither any more.
std::string why_unreadable(const std::string& path, Bytes size, std::uint64_t offset);

// Writes back and drops every page of the file; an error says how many stayed and why they may have.
Result<> drop(const std::string& path);

// Reads the whole file into the page cache; called by the child, inside its cgroup, so that the
// pages are charged there. Chunks of one page leave pages single; larger ones let the kernel's
// read-ahead build large folios. Reads again, up to `passes` times, while pages are missing: a
// background reclaimer that works on physical addresses (DAMON) takes pages only just brought in.
Result<> warm(const std::string& path, Bytes size, Bytes write_chunk, int passes);

// For writing where we may: the calls that tell of residency answer only to those who could write. A file
// that is being executed, or lies on a file system for reading only, is opened for reading.
Result<os::Fd> open_to_ask(const std::string& path);

// Pages of the file that are in memory now. Source "cachestat" (cachestat(2), Linux 6.5), else
// "mincore" (which tells the truth to owners only); missing when neither answers.
Reading resident_pages(const std::string& path);
// One source, for the probes.
Value resident_by_cachestat(const os::Fd& fd);
Value resident_by_mincore(const os::Fd& fd, Bytes size);

// What cachestat(2) says of a range of a file, in pages.
struct CacheCounts {
  std::uint64_t resident = 0;
  std::uint64_t evicted = 0;  // not resident, but remembered by a shadow entry
};
Result<CacheCounts> cache_counts(const os::Fd& fd, Bytes offset, Bytes length);
inline constexpr Bytes kToTheEnd{0};  // as the length: the rest of the file

// For each page of the file, whether it is in memory: mincore(2).
Result<std::vector<bool>> resident_flags(const os::Fd& fd, Bytes size);

}  // namespace faultlab::dataset
