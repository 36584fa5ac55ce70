// Probe `cachestat`: cachestat(2), the page cache's own count of the dataset's pages (Linux 6.5).
#include "dataset/dataset.hpp"
#include "probe/residency.hpp"

namespace faultlab {
namespace {

constexpr Need kNeeds[] = {Need::cachestat};

}  // namespace

extern const ProbeSpec cachestat_probe;
const ProbeSpec cachestat_probe = {
    {.name = "cachestat", .summary = "cachestat(2): pages of the dataset in memory", .needs = kNeeds},
    ProbeSide::parent,
    [](const ProbeTarget& target) {
      return make_residency_probe("cachestat", Sampled::yes, target, [](const os::Fd& dataset, Bytes) {
        return dataset::resident_by_cachestat(dataset);
      });
    }};

}  // namespace faultlab
