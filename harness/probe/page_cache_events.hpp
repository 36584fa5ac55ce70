// The tracepoints of one file's page cache: pages added and removed, by every task on every CPU.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
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
  std::uint64_t page = 0;    // index in the file
  std::uint64_t number = 0;  // of the sample in its ring, from 0: the event's counter was that when it came
};

class PageCacheEvents {
 public:
  // Counts from the moment of opening. `largest_total` bounds the memory of all rings together.
  static Result<PageCacheEvents> open(const os::FileStatus& file, Bytes largest_total);

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

  os::Tracepoint add_;
  os::Tracepoint removal_;
  std::vector<Source> sources_;
};

}  // namespace faultlab
