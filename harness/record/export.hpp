// A run's records in the forms that other tools read.
#pragma once

#include <string>

#include "base/result.hpp"

namespace faultlab::record {

// trials.csv: a row per trial; a column per factor, per metric and per metric@source; NA where
// missing, with the reasons in the last column.
Result<> export_csv(const std::string& run);

// benchmark.json: Google Benchmark's own JSON through its own reporter, a row per successful trial,
// ns per access, so that compare.py reads it. Trials that failed are left out: a zero would spoil
// its geometric mean.
Result<> export_benchmark(const std::string& run);

}  // namespace faultlab::record
