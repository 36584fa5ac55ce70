// What a transfer took, by the accounts of those who did it.
#pragma once

#include <vector>

#include "measure/reading.hpp"
#include "run/crew.hpp"
#include "run/delivery.hpp"

namespace faultlab::run {

void add_transfer(Readings& readings, const std::vector<Tally>& tallies, const Delivery& delivery);

}  // namespace faultlab::run
