// The loops under comparison: each makes n accesses to the same warm file and returns the seconds.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
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
  os::Mapping buffer;  // one page, for the bare loops that copy

  std::uint64_t pages() const { return size.value / kPage.value; }
};
Result<WarmFile> make_warm_file(const std::string& path, Bytes size);
// Pages of the file that are not in memory, by mincore(2).
Result<std::uint64_t> absent_pages(const WarmFile& file);

struct Loop {
  std::string name;
  std::uint64_t accesses = 0;  // per repetition: about a tenth of a second
  std::function<Result<double>(std::uint64_t accesses)> seconds;
};

std::vector<Loop> bare_loops(const WarmFile& file);
// An engine of the catalogue, driven as a worker drives it. Fails where a checksum is wrong.
Result<Loop> faultlab_loop(const WarmFile& file, std::string name, const std::string& engine, Consume consume,
                           std::uint64_t accesses);

}  // namespace faultlab::micro
