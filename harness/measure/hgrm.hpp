// A histogram as HdrHistogram's text of percentiles, `.hgrm`, which its plotting tools read.
#pragma once

#include <string>

#include "measure/histogram.hpp"

namespace faultlab {

// Columns Value, Percentile, TotalCount and 1/(1-Percentile), values in the histogram's own unit; five
// lines for each halving of the distance to 100 %. Precondition: the histogram is not empty.
std::string hgrm_text(const Histogram& histogram);

}  // namespace faultlab
