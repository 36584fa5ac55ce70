// The order of one worker: what the child reaches, and what can be printed of it afterwards.
#pragma once

#include <cstdint>
#include <memory>

#include "catalogue/order_spec.hpp"
#include "config/experiment.hpp"

namespace faultlab::run {

// From its first access on, of `worker` among those of all processes. `seed` is the session's: the trial's
// own for the window.
inline std::unique_ptr<Order> order_of(const OrderSpec& spec, const config::Trial& trial, std::uint64_t seed,
                                       unsigned worker) {
  const auto& workload = trial.workload;
  const OrderSetup setup{trial.dataset.size.value / workload.block.value, workload.block, seed, worker,
                         workload.processes * workload.threads};
  return spec.make(setup, workload.order.options);
}

}  // namespace faultlab::run
