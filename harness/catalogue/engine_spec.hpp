// Engines: how bytes are reached. The child sees prepare, begin, a worker per thread, and finish.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/result.hpp"
#include "catalogue/content_spec.hpp"
#include "catalogue/row.hpp"
#include "measure/fault_class.hpp"

namespace faultlab {

class LatencyRecorder;  // measure/latency_recorder.hpp

enum class Shape { access, command };

// What is done with the bytes of a block.
enum class Consume {
  touch,  // the first word of every page
  sum,    // every word
  copy,   // into a private buffer, then the first word of every page of the copy
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
  const std::atomic<std::uint32_t>* stop = nullptr;  // polled between accesses
};

struct BatchResult {
  std::uint64_t done = 0;      // accesses completed, in the order of the batch
  std::uint64_t checksum = 0;  // wrapping sum of the words that were consumed
  int error = 0;               // errno of the access that failed, else 0
};

// One thread's way to the bytes.
class Accessor {
 public:
  virtual ~Accessor() = default;
  // Reaches the blocks at these byte offsets. Allocates nothing; makes no system call but the
  // engine's own; returns early when the stop flag is set or an access fails.
  virtual BatchResult run(std::span<const std::uint64_t> offsets) noexcept = 0;
  // Where the timed loops write: set before the first batch, unless the setup's latency is off.
  void record_into(LatencyRecorder* recorder) { recorder_ = recorder; }

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
  // What the workers reach in place, once begun: the dataset's file mapped, or memory; empty where they call the
  // kernel for it. Asked in a signal handler, too.
  virtual std::span<std::byte> memory() const noexcept { return {}; }
};

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
};

}  // namespace faultlab
