// What the workers of a trial did, of one process or of several together.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "run/crew.hpp"
#include "run/protocol.hpp"

namespace faultlab::run {

struct Shift {
  // From the first worker's beginning to the last one's end: CLOCK_MONOTONIC, the same in every process.
  std::uint64_t begin_ns = UINT64_MAX;
  std::uint64_t end_ns = 0;
  std::uint64_t workers = 0;
  // Summed over workers.
  std::uint64_t at_work_ns = 0;
  std::uint64_t accesses = 0;
  std::uint64_t stores = 0;
  std::uint64_t syncs = 0;
  std::uint64_t sync_ns = 0;
  std::uint64_t late = 0;
  Account account = {};

  void add(const Shift& other);
  std::uint64_t length_ns() const { return end_ns - begin_ns; }
};

Shift shift_of(const std::vector<Tally>& tallies);

Json to_json(const Shift& shift);
Shift shift_from_json(const Json& json);

}  // namespace faultlab::run
