// Probe `cachestat`: cachestat(2), the page cache's own count of the dataset's pages (Linux 6.5).
#include "dataset/dataset.hpp"
#include "probe/residency.hpp"

namespace faultlab {
namespace {

constexpr Need kCachestatNeeds[] = {Need::cachestat};

// nr_evicted is the set of pages that are out now and have a shadow entry (mm/filemap.c,
// filemap_cachestat): not a count of evictions. A page evicted ten times is in it once, one that came
// back or whose shadow was trimmed not at all.
Value currently_evicted(const os::Fd& dataset, Bytes) {
  const auto counts = dataset::cache_counts(dataset, Bytes(0), dataset::kToTheEnd);
  return counts ? Value::count(counts->evicted) : Value(Missing{counts.error().what});
}

}  // namespace

extern const ProbeSpec cachestat_probe;
const ProbeSpec cachestat_probe = {
    {.name = "cachestat",
     .summary = "cachestat(2): pages of the dataset in memory",
     .needs = kCachestatNeeds},
    ProbeSide::parent,
    [](const ProbeTarget& target) {
      return make_residency_probe(
          "cachestat", Sampled::yes, target,
          [](const os::Fd& dataset, Bytes) { return dataset::resident_by_cachestat(dataset); },
          {{"currently_evicted_pages", currently_evicted}});
    }};

}  // namespace faultlab
