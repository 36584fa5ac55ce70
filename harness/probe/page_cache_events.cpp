// Page-cache tracepoints through per-CPU perf events.
#include "probe/page_cache_events.hpp"

#include <fmt/format.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>

namespace faultlab {
namespace {

constexpr const char* kGroup = "filemap";
constexpr std::size_t kLeastRingPages = 16;
constexpr std::size_t kMostRingPages = 2048;

// In pages, of any file system (include/linux/pagemap.h, MAX_PAGECACHE_ORDER).
constexpr std::uint64_t kLargestFolio = 2048;

// Two rings a CPU, each a power of two (perf_event_open(2)).
std::size_t ring_pages_for(Bytes largest_total, long cpus) {
  const std::uint64_t fair = largest_total.value / kPage.value / static_cast<std::uint64_t>(2 * cpus);
  return std::clamp<std::size_t>(std::bit_floor(fair), kLeastRingPages, kMostRingPages);
}

// The kernel's own dev_t in the record: major in the upper 12 bits, minor in the lower 20
// (include/linux/kdev_t.h, MKDEV).
std::uint64_t kernel_device(dev_t device) { return (std::uint64_t{major(device)} << 20) | minor(device); }

std::string filter_for(const std::vector<os::FileStatus>& files) {
  std::string filter;
  for (const os::FileStatus& file : files) {
    filter += fmt::format("{}(i_ino == {} && s_dev == {})", filter.empty() ? "" : " || ", file.inode,
                          kernel_device(file.device));
  }
  return filter;
}

perf_event_attr attributes_of(const os::Tracepoint& tracepoint, bool tells_forks) {
  perf_event_attr attributes = os::perf_attributes(PERF_TYPE_TRACEPOINT, tracepoint.id);
  attributes.sample_period = 1;
  attributes.sample_type = PERF_SAMPLE_TID | PERF_SAMPLE_TIME | PERF_SAMPLE_CPU | PERF_SAMPLE_RAW;
  attributes.use_clockid = 1;
  attributes.clockid = CLOCK_MONOTONIC;
  attributes.disabled = 1;
  attributes.task = tells_forks;
  return attributes;
}

// perf_event_open(2), "Overflow handling": the fields in the order of their bits in sample_type.
struct SampleHead {
  perf_event_header header;
  std::int32_t process, thread;
  std::uint64_t time_ns;
  std::uint32_t cpu, reserved;
  std::uint32_t raw_size;  // the raw record follows
};

struct ForkRecord {
  perf_event_header header;
  std::int32_t process, parent, thread, parent_thread;
  std::uint64_t time_ns;
};

template <class Record>
Record copy_of(const perf_event_header& header) {
  Record record;
  std::memcpy(&record, &header, sizeof record);
  return record;
}

}  // namespace

std::vector<std::uint64_t> PageCacheEvents::first_pages(const std::vector<os::FileStatus>& files) {
  std::vector<std::uint64_t> firsts = {0};
  for (std::size_t i = 0; i < files.size(); ++i) {
    const std::uint64_t room = i + 1 == files.size() ? 0 : kLargestFolio;
    firsts.push_back(firsts.back() + pages_ceil(files[i].size).value + room);
  }
  return firsts;
}

Result<PageCacheEvents> PageCacheEvents::open(const std::vector<os::FileStatus>& files, Bytes largest_total) {
  PageCacheEvents events;
  if (files.size() > kMostFiles) {
    return fail(fmt::format("the pages of at most {} files are followed, and the trial has {}", kMostFiles,
                            files.size()),
                "name fewer in workload.files");
  }
  const std::vector<std::uint64_t> firsts = first_pages(files);
  for (std::size_t i = 0; i < files.size(); ++i) {
    events.first_pages_.emplace(FileKey{files[i].inode, kernel_device(files[i].device)}, firsts[i]);
  }
  for (auto [tracepoint, name] : {std::pair(&events.add_, "mm_filemap_add_to_page_cache"),
                                  std::pair(&events.removal_, "mm_filemap_delete_from_page_cache")}) {
    auto found = os::find_tracepoint(kGroup, name);
    if (!found) return propagate(std::move(found));
    *tracepoint = std::move(*found);
    for (const char* field : {"i_ino", "s_dev", "index"}) {
      if (!tracepoint->has(field)) return fail(fmt::format("{} has no field {}", tracepoint->name, field));
    }
    if (!tracepoint->has("order")) {
      return fail(tracepoint->name + " does not tell the size of its folio on this kernel",
                  "use a kernel whose tracepoint has the field `order` (docs/setup.md#trace-events)");
    }
  }
  const long cpus = ::sysconf(_SC_NPROCESSORS_CONF);
  const std::size_t ring_pages = ring_pages_for(largest_total, cpus);
  const std::string filter = filter_for(files);
  for (int cpu = 0; cpu < cpus; ++cpu) {
    for (const bool adds : {true, false}) {
      auto opened = events.open_on(cpu, adds ? events.add_ : events.removal_, adds, filter, ring_pages);
      if (opened) continue;
      if (opened.error().code == ENODEV) break;  // a CPU that is switched off
      return propagate(std::move(opened));
    }
  }
  for (const Source& source : events.sources_) {
    if (auto enabled = source.event.enable(); !enabled) return propagate(std::move(enabled));
  }
  return events;
}

Result<> PageCacheEvents::open_on(int cpu, const os::Tracepoint& tracepoint, bool adds,
                                  const std::string& filter, std::size_t ring_pages) {
  // Forks come once per CPU: the additions' ring tells them.
  auto event = os::PerfEvent::open(attributes_of(tracepoint, adds), {-1, cpu}, tracepoint.name);
  if (!event) return propagate(std::move(event));
  if (auto filtered = event->set_filter(filter); !filtered) return filtered;
  auto ring = os::PerfRing::map(*event, ring_pages);
  if (!ring) return propagate(std::move(ring));
  sources_.push_back({std::move(*event), std::move(*ring), adds});
  return {};
}

Result<std::vector<std::uint64_t>> PageCacheEvents::counts() const {
  std::vector<std::uint64_t> counts;
  for (const Source& source : sources_) {
    auto count = source.event.count();
    if (!count) return propagate(std::move(count));
    counts.push_back(*count);
  }
  return counts;
}

void PageCacheEvents::drain(std::vector<PageCacheEvent>& into) {
  for (std::uint32_t i = 0; i < sources_.size(); ++i) {
    sources_[i].ring.drain([&](const perf_event_header& header) { read_record(header, i, into); });
  }
}

void PageCacheEvents::read_record(const perf_event_header& header, std::uint32_t ring,
                                  std::vector<PageCacheEvent>& into) {
  PageCacheEvent event;
  event.ring = ring;
  if (header.type == PERF_RECORD_FORK) {
    const auto fork = copy_of<ForkRecord>(header);
    if (fork.process == fork.parent) return;  // a thread
    event.kind = PageCacheEvent::Kind::fork;
    event.time_ns = fork.time_ns;
    event.process = fork.process;
    event.parent = fork.parent;
    into.push_back(event);
    return;
  }
  if (header.type != PERF_RECORD_SAMPLE) return;
  const auto sample = copy_of<SampleHead>(header);
  Source& source = sources_[ring];
  const os::Tracepoint& tracepoint = source.adds ? add_ : removal_;
  const auto* raw =
      reinterpret_cast<const std::byte*>(&header) + offsetof(SampleHead, raw_size) + sizeof sample.raw_size;
  event.kind = source.adds ? PageCacheEvent::Kind::add : PageCacheEvent::Kind::removal;
  event.order = static_cast<std::uint8_t>(tracepoint.value("order", raw));
  event.cpu = static_cast<std::uint16_t>(sample.cpu);
  event.process = sample.process;
  event.time_ns = sample.time_ns;
  const auto first = first_pages_.find({tracepoint.value("i_ino", raw), tracepoint.value("s_dev", raw)});
  event.page = tracepoint.value("index", raw) + (first == first_pages_.end() ? 0 : first->second);
  event.number = source.samples++;
  into.push_back(event);
}

Result<> PageCacheEvents::stop() {
  for (const Source& source : sources_) {
    if (auto disabled = source.event.disable(); !disabled) return disabled;
  }
  return {};
}

Result<std::uint64_t> PageCacheEvents::lost() const {
  std::uint64_t lost = 0;
  for (const Source& source : sources_) {
    const auto count = source.event.count();
    if (!count) return Failure(count.error());
    lost += *count - source.samples;
  }
  return lost;
}

}  // namespace faultlab
