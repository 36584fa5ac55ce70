// One run of fio, as a process, on a warm file or a cold one.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"
#include "base/units.hpp"

namespace faultlab::micro {

// The first line of `fio --version`, or why there is none.
Result<std::string> fio_version();

struct FioJob {
  std::string engine;
  std::string order = "randread";
  std::string block = "4k";
  unsigned depth = 1;
  bool direct = false;
  std::uint64_t cold = 0;  // so many reads of the file dropped from memory, without read-ahead; 0: it is warm
};
// Accesses per second of two seconds of reads, or of those of a cold file.
Result<double> fio_rate(const FioJob& job, const std::string& path, Bytes size);

}  // namespace faultlab::micro
