// The loops under comparison: each makes n accesses to the same file, warm or cold, and returns its time.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/units.hpp"
#include "catalogue/engine_spec.hpp"
#include "os/fd.hpp"
#include "os/mapping.hpp"

namespace faultlab::micro {

// The file, warm and mapped for as long as this lives: what is mapped is not reclaimed by idleness.
struct WarmFile {
  std::string path;
  Bytes size;
  std::uint64_t seed = 1;
  os::Fd fd;
  os::Mapping mapping;

  std::uint64_t pages() const { return size.value / kPage.value; }
};
Result<WarmFile> make_warm_file(const std::string& path, Bytes size);
// Pages of the file that are not in memory, by mincore(2).
Result<std::uint64_t> absent_pages(const WarmFile& file);
// The same bytes, mapped by nobody, so that they can be dropped from memory.
Result<WarmFile> make_cold_file(const std::string& path, Bytes size);

// What the harness's probes count of a loop.
struct Counted {
  double minor_faults = 0;
  double major_faults = 0;
  double device_read_bytes = 0;
};

struct Seconds {
  double wall = 0;
  std::optional<double> cpu = {};  // of the thread: what other programs take from the machine is not in it
  std::optional<Counted> counted = {};
};

// Every call maps the file and takes its buffer anew, outside the time it returns: where a buffer
// happens to lie decides up to a tenth of a copy's cost, so it must not stay the same for a whole run.
struct Loop {
  std::string name;
  std::uint64_t accesses = 0;  // per call: about a tenth of a second
  std::function<Result<Seconds>(std::uint64_t accesses)> run;
};

std::vector<Loop> bare_loops(const WarmFile& file);
// The same of a file that is dropped from memory first, without read-ahead: a touch and a pread.
std::vector<Loop> bare_cold_loops(const WarmFile& file);
// Of the same size, in anonymous memory that is there: all words in order, and STREAM's Copy from one half
// into the other, in which a page is a page read and a page written.
std::vector<Loop> memory_loops(const WarmFile& file);

// An engine of the catalogue, driven as a worker drives it. A call fails where a checksum is wrong.
struct Driven {
  std::string engine;
  Consume consume = Consume::touch;
  std::string order = "uniform";
  Bytes block = kPage;
  Options options = {};  // those of the engine's that are not at their defaults
  Latency latency = Latency::off;
  bool cold = false;  // the file is dropped from memory first, and there is no read-ahead
};
Loop faultlab_loop(const WarmFile& file, std::string name, Driven driven, std::uint64_t accesses);

}  // namespace faultlab::micro
