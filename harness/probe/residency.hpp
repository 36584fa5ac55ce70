// What the two residency probes share: the count before the window and the count after it.
#pragma once

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "catalogue/probe_spec.hpp"
#include "os/fd.hpp"
#include "probe/counters.hpp"

namespace faultlab {

using CountResident = std::function<Value(const os::Fd& dataset, Bytes size)>;

// A gauge of the same source, read after the window.
struct ResidencyGauge {
  std::string_view metric;
  CountResident count;
};

// Of the trial's files together.
std::unique_ptr<Probe> make_residency_probe(std::string_view source, Sampled sampled,
                                            const ProbeTarget& target, CountResident count,
                                            std::vector<ResidencyGauge> gauges = {});

}  // namespace faultlab
