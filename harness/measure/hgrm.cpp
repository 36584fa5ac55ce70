// The text of percentiles.
#include "measure/hgrm.hpp"

#include <fmt/format.h>

#include <cmath>

namespace faultlab {
namespace {

constexpr double kLinesPerHalving = 5;

// From one line's percentile to the next: a fifth of the way to half of what is left.
double next_level(double level) {
  const double halvings = std::floor(std::log2(100 / (100 - level)));
  return level + 100 / (kLinesPerHalving * std::exp2(halvings + 1));
}

}  // namespace

std::string hgrm_text(const Histogram& histogram) {
  std::string text =
      fmt::format("{:>12} {:>14} {:>10} {:>14}\n\n", "Value", "Percentile", "TotalCount", "1/(1-Percentile)");
  const auto value_of = [&](unsigned bucket) {
    return static_cast<double>(std::min(Histogram::upper_end(bucket), histogram.most()));
  };
  std::uint64_t seen = 0;
  double level = 0;
  for (unsigned bucket = 0; seen < histogram.count(); ++bucket) {
    if (histogram.in_bucket(bucket) == 0) continue;
    seen += histogram.in_bucket(bucket);
    const double reached = 100 * static_cast<double>(seen) / static_cast<double>(histogram.count());
    // The last bucket has one line of its own; what follows it is 100 %.
    if (reached < level) continue;
    do {
      text += fmt::format("{:12.3f} {:14.12f} {:10} {:14.2f}\n", value_of(bucket), level / 100, seen,
                          1 / (1 - level / 100));
      level = next_level(level);
    } while (reached >= level && seen < histogram.count());
  }
  text += fmt::format("{:12.3f} {:14.12f} {:10}\n", static_cast<double>(histogram.most()), 1.0, seen);
  text += fmt::format("#[Mean    = {:12.3f}, StdDeviation   = {:12.3f}]\n", histogram.mean(),
                      histogram.deviation());
  text += fmt::format("#[Max     = {:12.3f}, Total count    = {:12}]\n",
                      static_cast<double>(histogram.most()), histogram.count());
  text += fmt::format("#[Buckets = {:12}, SubBuckets     = {:12}]\n",
                      Histogram::kValueBits - Histogram::kSubBucketBits, 2U << Histogram::kSubBucketBits);
  return text;
}

}  // namespace faultlab
