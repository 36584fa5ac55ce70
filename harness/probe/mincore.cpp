// Probe `mincore`: mincore(2) over a mapping of the dataset; slower than cachestat, on every kernel.
#include "dataset/dataset.hpp"
#include "probe/residency.hpp"

namespace faultlab {

extern const ProbeSpec mincore_probe;
const ProbeSpec mincore_probe = {
    {.name = "mincore",
     .summary = "mincore(2): pages of the dataset in memory, for kernels without cachestat"},
    ProbeSide::parent,
    [](const ProbeTarget& target) {
      return make_residency_probe("mincore", Sampled::no, target, [](const os::Fd& dataset, Bytes size) {
        return dataset::resident_by_mincore(dataset, size);
      });
    }};

}  // namespace faultlab
