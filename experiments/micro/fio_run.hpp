// One run of fio, as a process, on a warm file.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"
#include "base/units.hpp"

namespace faultlab::micro {

// The first line of `fio --version`, or why there is none.
Result<std::string> fio_version();

// Accesses per second of two seconds of uniform random 4 KiB reads with fio's engine of that name.
Result<double> fio_rate(const std::string& engine, const std::string& path, Bytes size);

}  // namespace faultlab::micro
