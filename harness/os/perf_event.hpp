// The owner of a perf event and of its ring buffer (perf_event_open(2)).
#pragma once

#include <linux/perf_event.h>
#include <sys/types.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "base/result.hpp"
#include "os/fd.hpp"
#include "os/mapping.hpp"

namespace faultlab::os {

// The modes in which an event counts. Kernel mode is closed to ordinary users where
// kernel.perf_event_paranoid is 2 or more.
enum class CountedMode { both, user, kernel };

// Who is counted: a thread on whichever CPU it runs, or everything on one CPU (pid -1).
struct PerfTarget {
  pid_t thread = 0;  // 0: the calling thread; -1: every thread
  int cpu = -1;      // -1: every CPU
};

// An attribute block with `size`, `type` and `config` filled in, counting from the moment it is opened.
perf_event_attr perf_attributes(std::uint32_t type, std::uint64_t config,
                                CountedMode mode = CountedMode::both);
// PERF_TYPE_SOFTWARE with this configuration.
perf_event_attr software_event(std::uint64_t config, CountedMode mode = CountedMode::both);
// Of the processor's counters, which are few: it must be read with timed_count().
perf_event_attr hardware_event(std::uint32_t type, std::uint64_t config,
                               CountedMode mode = CountedMode::both);

// A count, and how long its event was wanted and really counted: less where others used the counter too.
struct TimedCount {
  std::uint64_t value = 0;
  std::uint64_t enabled_ns = 0;
  std::uint64_t running_ns = 0;
};

class PerfEvent {
 public:
  // A refusal carries the remedy: which sysctl or capability would help.
  static Result<PerfEvent> open(const perf_event_attr& attributes, const PerfTarget& target,
                                const std::string& name);

  // What has been counted since the event was opened.
  Result<std::uint64_t> count() const;
  // The same of a hardware_event().
  Result<TimedCount> timed_count() const;
  // A tracepoint's filter expression, as in the kernel's Documentation/trace/events.rst.
  Result<> set_filter(const std::string& expression) const;
  // The number that PERF_SAMPLE_IDENTIFIER gives this event's samples.
  Result<std::uint64_t> id() const;
  // Samples go to the other event's ring from now on. Both watch the same thread or CPU; `other` has a
  // ring and outlives this event.
  Result<> send_to_ring_of(const PerfEvent& other) const;
  Result<> enable() const;
  Result<> disable() const;
  // Its samples go to the ring of `leader`, an event of the same CPU, or of the same thread where no CPU
  // is named. The ring must be mapped already.
  Result<> redirect_to(const PerfEvent& leader) const;
  const Fd& fd() const { return fd_; }  // readable when a ring has reached its watermark
  const std::string& name() const { return name_; }

 private:
  PerfEvent(Fd fd, std::string name) : fd_(std::move(fd)), name_(std::move(name)) {}
  Fd fd_;
  std::string name_;
};

// The ring of a sampling event. One reader.
class PerfRing {
 public:
  // `data_pages` is a power of two. The event outlives the ring. All pages are mapped at once, the first one
  // writable, so that neither reading nor releasing takes a fault later, in a window that counts them.
  static Result<PerfRing> map(const PerfEvent& event, std::size_t data_pages);

  // Bytes ever written by the kernel. It has moved before a faulting instruction completes, so a reader
  // in the same thread sees its own fault at once.
  std::uint64_t head() const { return head_->load(std::memory_order_acquire); }
  // Gives up everything before `position`: the kernel may write there again.
  void release(std::uint64_t position) {
    tail_ = position;
    shared_tail_->store(position, std::memory_order_release);
  }
  std::uint64_t tail() const { return tail_; }
  std::size_t capacity() const { return capacity_; }

  // Hands every record between tail and head to `visit`, then releases them. A record that wraps is
  // handed over whole. Returns the number of records.
  std::size_t drain(const std::function<void(const perf_event_header&)>& visit);

 private:
  void bring_in();

  Mapping mapping_;
  const std::atomic<std::uint64_t>* head_ = nullptr;
  std::atomic<std::uint64_t>* shared_tail_ = nullptr;
  const std::byte* data_ = nullptr;
  std::size_t capacity_ = 0;
  std::uint64_t tail_ = 0;
  std::string wrapped_;
};

}  // namespace faultlab::os
