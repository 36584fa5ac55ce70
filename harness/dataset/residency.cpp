// Which pages of a dataset are in memory: dropping, warming, counting.
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <iterator>
#include <span>
#include <thread>
#include <vector>

#include "dataset/dataset.hpp"
#include "os/file.hpp"
#include "os/mapping.hpp"
#include "os/network.hpp"

namespace faultlab::dataset {
namespace {

// <linux/mman.h> of Linux 6.5 defines these; Debian 12's headers are older.
struct CachestatRange {
  std::uint64_t offset, length;
};
struct Cachestat {
  std::uint64_t cached, dirty, writeback, evicted, recently_evicted;
};
constexpr long kCachestatNumber = 451;  // the same on every architecture

// Pages sit in per-CPU LRU batches for a moment after they were read, and cannot be dropped then.
constexpr int kDropAttempts = 50;
constexpr auto kDropPause = std::chrono::milliseconds(10);
// Pages that a transfer has sent can be in packets that nobody needs any more: when these are let go of.
constexpr int kNetworkAttempt = 2;

// Reads of the file when it is warmed by single pages: large, because the policy and not the size of
// the read makes the pages single (mm/readahead.c: force_page_cache_ra allocates order-0 folios).
constexpr std::uint64_t kSinglePageRead = std::uint64_t{1} << 20;

// mincore(2) takes a byte a page: asked in pieces, a bit a page is all that stays.
constexpr std::uint64_t kPagesAsked = std::uint64_t{1} << 16;

Result<> read_whole(const os::Fd& fd, Bytes size, std::span<std::byte> buffer, const std::string& path) {
  for (std::uint64_t at = 0; at < size.value; at += buffer.size()) {
    const std::size_t length = std::min<std::uint64_t>(buffer.size(), size.value - at);
    if (auto got = os::read_at(fd, buffer.data(), length, at, path); !got) return got;
  }
  return {};
}

}  // namespace

Result<CacheCounts> cache_counts(const os::Fd& fd, Bytes offset, Bytes length) {
  const CachestatRange range{offset.value, length.value};
  Cachestat counts{};
  if (::syscall(kCachestatNumber, fd.get(), &range, &counts, 0) != 0) {
    return os::os_failure("cachestat", "use Linux 6.5 or later, on a file that is yours to write");
  }
  return CacheCounts{counts.cached, counts.evicted};
}

Value resident_by_cachestat(const os::Fd& fd) {
  const auto counts = cache_counts(fd, Bytes(0), kToTheEnd);
  return counts ? Value::count(counts->resident) : Value(Missing{counts.error().what});
}

Result<std::vector<bool>> resident_flags(const os::Fd& fd, Bytes size) {
  auto mapping = os::Mapping::of_file(fd, size, PROT_READ, MAP_SHARED);
  if (!mapping) return propagate(std::move(mapping));
  std::vector<bool> flags;
  flags.reserve(pages_ceil(size).value);
  std::array<unsigned char, kPagesAsked> states;
  for (std::uint64_t at = 0; at < mapping->size(); at += kPagesAsked * kPage.value) {
    const std::uint64_t length = std::min<std::uint64_t>(mapping->size() - at, kPagesAsked * kPage.value);
    if (::mincore(mapping->data() + at, length, states.data()) != 0) return os::os_failure("mincore");
    const auto asked = std::span(states).first(pages_ceil(Bytes(length)).value);
    std::transform(asked.begin(), asked.end(), std::back_inserter(flags),
                   [](unsigned char state) { return (state & 1) != 0; });
  }
  return flags;
}

Value resident_by_mincore(const os::Fd& fd, Bytes size) {
  const auto flags = resident_flags(fd, size);
  if (!flags) return Missing{flags.error().what};
  return Value::count(static_cast<std::uint64_t>(std::count(flags->begin(), flags->end(), true)));
}

Result<os::Fd> open_to_ask(const std::string& path) {
  auto fd = os::open_fd(path, O_RDWR);
  const bool only_reads =
      !fd && (fd.error().code == EACCES || fd.error().code == EROFS || fd.error().code == ETXTBSY);
  return only_reads ? os::open_fd(path, O_RDONLY) : std::move(fd);
}

Reading resident_pages(const std::string& path) {
  const auto missing = [](const std::string& why) {
    return Reading{"resident_pages", "mincore", Missing{why}};
  };
  auto fd = open_to_ask(path);
  if (!fd) return missing(fd.error().what);
  if (Value counted = resident_by_cachestat(*fd); counted.present()) {
    return {"resident_pages", "cachestat", counted};
  }
  const auto status = os::file_status(*fd);
  if (!status) return missing(status.error().what);
  return {"resident_pages", "mincore", resident_by_mincore(*fd, status->size)};
}

Result<> drop(const std::string& path) {
  auto fd = open_to_ask(path);
  if (!fd) return propagate(std::move(fd), "drop the dataset from memory");
  Value left = Missing{"not asked yet"};
  for (int attempt = 0; attempt < kDropAttempts; ++attempt) {
    // Dirty pages are not dropped, only their writeback started: write them first.
    if (auto synced = os::sync_data(*fd, path); !synced) return synced;
    if (auto advised = os::advise_file(*fd, POSIX_FADV_DONTNEED, path); !advised) return advised;
    left = resident_pages(path).value;
    if (!left.present()) return fail("drop " + path + " from memory: cannot verify: " + left.why());
    if (left.integer() == 0) return {};
    // What cannot send keeps no packets either.
    if (attempt == kNetworkAttempt) [[maybe_unused]]
      auto sent = os::let_go_of_received_packets();
    std::this_thread::sleep_for(kDropPause);
  }
  const std::string what = fmt::format("drop {} from memory: {} pages stay", path, left.integer());
  if (const auto space = os::space_at(path); space && space->file_system_magic == TMPFS_MAGIC) {
    return fail(what + ": it lies on tmpfs, where the pages are the file",
                "name a folder on a disk with --data (docs/setup.md#data-folder)");
  }
  return fail(what, "another process maps or locks the file: end it, or name another folder with --data");
}

Result<> warm(const std::string& path, Bytes size, Bytes write_chunk, int passes) {
  auto fd = os::open_fd(path, O_RDONLY);
  if (!fd) return propagate(std::move(fd), "warm the dataset");
  const bool single_pages = write_chunk == kPage;
  const int policy = single_pages ? POSIX_FADV_RANDOM : POSIX_FADV_NORMAL;
  if (auto advised = os::advise_file(*fd, policy, path); !advised) return advised;
  const std::uint64_t chunk = single_pages ? kSinglePageRead : write_chunk.value;
  std::vector<std::byte> buffer(std::min(chunk, size.value));
  for (int pass = 0; pass < passes; ++pass) {
    if (auto got = read_whole(*fd, size, buffer, path); !got) return got;
    const Value resident = resident_pages(path).value;
    if (!resident.present() || resident == Value::count(pages_ceil(size).value)) return {};
  }
  return {};
}

}  // namespace faultlab::dataset
