// That a worker did what its order says: its accesses drawn again, against what it consumed or what arrived.
#pragma once

#include <cstdint>
#include <string>

#include "catalogue/order_spec.hpp"
#include "config/experiment.hpp"
#include "run/delivery.hpp"

namespace faultlab::run {

// Each gives the sentence that says what is wrong, or an empty one. `order` is at its beginning.
std::string wrong_checksum(Order& order, const config::Trial& trial, std::uint64_t accesses,
                           std::uint64_t checksum);
std::string wrong_arrival(Order& order, const config::Trial& trial, std::uint64_t accesses,
                          const Arrival& arrival);
// Of what was written to the file by system calls: some of the accesses' blocks, read back.
std::string wrong_on_file(Order& order, const config::Trial& trial, std::uint64_t accesses,
                          const std::string& path);

}  // namespace faultlab::run
