// One run of fio, as a process, on a warm file.
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
};
// Accesses per second of two seconds of reads.
Result<double> fio_rate(const FioJob& job, const std::string& path, Bytes size);

}  // namespace faultlab::micro
