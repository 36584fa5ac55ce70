// Engines: how bytes are reached. The child sees prepare, begin, a worker per thread, and finish.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "catalogue/content_spec.hpp"
#include "catalogue/row.hpp"
#include "catalogue/sink_spec.hpp"
#include "measure/fault_class.hpp"

namespace faultlab {

class LatencyRecorder;  // measure/latency_recorder.hpp

enum class Shape {
  access,    // reaches blocks of the dataset, or of memory
  transfer,  // moves blocks of the dataset to a sink
  command,
  scenario
};
// Is its work blocks, one after another?
constexpr bool is_of_blocks(Shape shape) { return shape == Shape::access || shape == Shape::transfer; }

// What is done with the bytes of a block.
enum class Consume {
  touch,  // the first word of every page
  sum,    // every word
  copy,   // into a private buffer, then the first word of every page of the copy
  chase,  // touch, and where the next access goes depends on the words: no two are under way together
};

// Access policy, set alike for mappings (madvise(2)) and descriptors (posix_fadvise(2)).
enum class Advice { normal, random, sequential, willneed, populate_read };

// The state in which the window opens.
enum class Start { cold, warm, steady };

// Which accesses are timed one by one.
enum class Latency { off, sampled, full };

struct AccessSetup {
  std::string path;  // the dataset's file
  Bytes size;
  Bytes block;
  Consume consume = Consume::touch;
  Advice advice = Advice::normal;
  Start start = Start::cold;
  Latency latency = Latency::off;
  unsigned threads = 1;
  ContentSpec content = {};
  // Percentage of the accesses that store; without one, each engine does as its row says. The caller sees to
  // it that untouched memory is loaded from only where the content is zeros.
  std::optional<unsigned> writes = {};
  Options options = {};                              // the engine's own
  std::span<const Connection> connections = {};      // of a transfer: one per worker; they outlive the engine
  const std::atomic<std::uint32_t>* stop = nullptr;  // polled between accesses
};

struct BatchResult {
  std::uint64_t done = 0;      // accesses completed, in the order of the batch
  std::uint64_t checksum = 0;  // wrapping sum of the words that were consumed
  int error = 0;               // errno of the access that failed, else 0
  std::uint64_t stores = 0;    // of the accesses, those that stored
  std::uint64_t syncs = 0;     // write-backs of the dataset between the accesses
  std::uint64_t sync_ns = 0;   // and the time in them
  bool in_sync = false;        // the error is that of a write-back after the last access
  // Where the access that failed lay, if it was not the next one of the batch.
  std::optional<std::uint64_t> failed_at = {};
};

// What an accessor counts of its own work, in a session.
struct Account {
  std::uint64_t calls = 0;   // system calls
  std::uint64_t hits = 0;    // blocks that were where it looks first
  std::uint64_t misses = 0;  // and those that it then had to have read
};

// What a worker's transfers took, by the engine's own account.
struct Sent {
  std::uint64_t calls = 0;                   // system calls
  std::uint64_t partial_calls = 0;           // of them, those that moved less than they were asked to
  std::uint64_t read_bytes = 0;              // that buffered reads copied out of the page cache
  std::uint64_t uring_read_bytes = 0;        // likewise, through io_uring, where no system call returns them
  std::uint64_t zero_copy_bytes = 0;         // sent with MSG_ZEROCOPY or its like, and reported as complete
  std::uint64_t copied_after_all_bytes = 0;  // of these, those of which the kernel says that it copied them
};

// One thread's way to the bytes.
class Accessor {
 public:
  virtual ~Accessor() = default;
  // Reaches the blocks at these byte offsets. Allocates nothing; makes no system call but the
  // engine's own; returns early when the stop flag is set or an access fails.
  virtual BatchResult run(std::span<const std::uint64_t> offsets) noexcept = 0;
  // Where the timed loops write: set before the first batch, unless the setup's latency is off.
  virtual void record_into(LatencyRecorder* recorder) { recorder_ = recorder; }
  // The accesses from here on are a session of their own; `seed` draws what an accessor draws.
  virtual void begin_session(std::uint64_t seed) { static_cast<void>(seed); }
  // After the last batch of a session, in the window: waits for what the accesses left under way. Their
  // batches have counted them as done; checksum and error are what the batches did not have yet.
  virtual BatchResult complete() noexcept { return {}; }
  // Of an engine whose row says that it keeps one.
  virtual Account account() const { return {}; }
  // Of a transfer, of the session.
  virtual Sent sent() const { return {}; }

 protected:
  LatencyRecorder* recorder_ = nullptr;
};

class Engine {
 public:
  virtual ~Engine() = default;
  // Opens and maps, without reading a page of the dataset. Before the starting state is verified.
  virtual Result<> prepare(const AccessSetup& setup) = 0;
  // Work that belongs to the method and costs time (populate, prefetch): the head of the window.
  virtual Result<> begin() { return {}; }
  virtual Result<std::unique_ptr<Accessor>> worker(unsigned index) = 0;
  // Of a steady start, before the ageing: brings in as many blocks as memory of the engine's own holds.
  virtual Result<> fill() { return {}; }
  // What the workers reach in place, once begun: the dataset's file mapped, or memory; empty where they call
  // the kernel for it. Asked in a signal handler, too.
  virtual std::span<std::byte> memory() const noexcept { return {}; }
  // Where in the dataset the byte at this address lies, if workers reach it there. In a signal handler, too.
  virtual std::optional<std::uint64_t> offset_at(std::uintptr_t address) const noexcept {
    return offset_in(memory(), address);
  }

 protected:
  static std::optional<std::uint64_t> offset_in(std::span<const std::byte> bytes,
                                                std::uintptr_t address) noexcept {
    const auto begin = reinterpret_cast<std::uintptr_t>(bytes.data());
    if (address < begin || address - begin >= bytes.size()) return std::nullopt;
    return address - begin;
  }
};

// Where the blocks of the dataset stay between two accesses.
enum class Kept {
  by_kernel,  // in the page cache
  by_engine,  // in memory of the engine's own, which a cold trial finds empty
  nowhere,
};

// Which of its account an engine keeps.
enum class Accounts { none, calls, lookups, calls_and_lookups };

// What the kernel does for the workers inside the window.
enum class KernelWork {
  faults,   // no system calls: its time goes into page faults
  calls,    // system calls that copy
  unknown,  // not followed
};

struct EngineSpec {
  Row row;
  Shape shape;
  std::span<const Advice> advices;  // the ones that mean something to it
  bool uses_dataset;                // false: the bytes are anonymous memory, and no file is made
  std::unique_ptr<Engine> (*make)();
  FaultMeaning faults = {};  // what the faults of its accesses are
  KernelWork kernel_work = KernelWork::unknown;
  bool swaps = false;  // its memory can go to a swap area
  // Of memory in huge pages from a pool of the host's: their size. No memory cgroup is charged for them, and
  // no reclaim takes them (Documentation/admin-guide/mm/hugetlbpage.rst). Null: memory of the ordinary kind.
  Bytes (*pool_page)(const Options& options) = nullptr;
  // Of a transfer: why its system calls cannot write to such a sink, in the kernel's words; empty where they
  // can.
  std::string_view (*refuses_sink)(SinkKind kind) = nullptr;
  // Of a transfer: how often the kernel copies a byte into such a sink, the reads that the engine counts
  // apart; nothing where it depends on the file system: what a file does not share with the dataset, once.
  std::optional<unsigned> (*copies_into)(SinkKind kind) = nullptr;
  bool stores = false;  // its accesses can store: workload.writes says how many of them do
  bool syncs = false;   // its options can make it write back
  bool queues = false;  // several accesses of a worker are under way together
  Kept kept = Kept::by_kernel;
  Accounts accounts = Accounts::none;
};

}  // namespace faultlab
