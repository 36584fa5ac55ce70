// The tracepoints of the page cache of some files: pages added and removed, by every task on every CPU.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "os/file.hpp"
#include "os/perf_event.hpp"
#include "os/tracefs.hpp"

namespace faultlab {

// One record of a ring.
struct PageCacheEvent {
  enum class Kind : std::uint8_t { add, removal, fork } kind = Kind::add;
  std::uint8_t order = 0;  // of the folio: 2^order pages
  std::uint16_t cpu = 0;
  std::uint32_t ring = 0;
  std::int32_t process = 0;  // whose task it was (a fork: the new process)
  std::int32_t parent = 0;   // of a fork
  std::uint64_t time_ns = 0;
  std::uint64_t page =
      0;  // index in the file; of several, from the first page that its file has in their row
  std::uint64_t number = 0;  // of the sample in its ring, from 0: the event's counter was that when it came
};

class PageCacheEvents {
 public:
  // The kernel's filter is a text of at most a page.
  static constexpr std::size_t kMostFiles = 64;

  // Files in a row: the index of each one's first page, and at the end the pages of all. Between two there is
  // room for a folio that reaches beyond its file's end.
  static std::vector<std::uint64_t> first_pages(const std::vector<os::FileStatus>& files);

  // Counts from the moment of opening. `largest_total` bounds the memory of all rings together.
  static Result<PageCacheEvents> open(const std::vector<os::FileStatus>& files, Bytes largest_total);

  // How many events each ring's counter has seen. A sample with a smaller number happened before.
  Result<std::vector<std::uint64_t>> counts() const;
  // Moves everything in the rings to the end of `into`: in order within a ring, not across rings.
  void drain(std::vector<PageCacheEvent>& into);
  Result<> stop();
  // Events that were counted but are in no ring; call after stop() and drain().
  Result<std::uint64_t> lost() const;

 private:
  struct Source {
    os::PerfEvent event;
    os::PerfRing ring;
    bool adds;
    std::uint64_t samples = 0;
  };
  Result<> open_on(int cpu, const os::Tracepoint& tracepoint, bool adds, const std::string& filter,
                   std::size_t ring_pages);
  void read_record(const perf_event_header& header, std::uint32_t ring, std::vector<PageCacheEvent>& into);

  using FileKey = std::pair<std::uint64_t, std::uint64_t>;  // inode, device
  std::map<FileKey, std::uint64_t> first_pages_;
  os::Tracepoint add_;
  os::Tracepoint removal_;
  std::vector<Source> sources_;
};

}  // namespace faultlab
