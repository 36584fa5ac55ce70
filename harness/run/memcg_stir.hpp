// Makes the kernel fold a memory cgroup's counters, which are otherwise up to two seconds old.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"
#include "os/fd.hpp"

namespace faultlab::run {

// A reader of memory.stat gets folded counters when more than 64 updates per CPU are pending, else
// those of the last periodic fold (mm/memcontrol.c, memcg_vmstats_needs_flush). Writing new pages of
// shared memory makes that many updates and not one fault.
class MemcgStir {
 public:
  static Result<MemcgStir> make();
  // Call right before reading memory.stat, in a process of that cgroup. Allocates nothing.
  void stir();

 private:
  MemcgStir(os::Fd memory, std::uint64_t pages, std::string page)
      : memory_(std::move(memory)), pages_(pages), page_(std::move(page)) {}
  os::Fd memory_;
  std::uint64_t pages_;  // per stir
  std::string page_;
  std::uint64_t written_ = 0;
};

}  // namespace faultlab::run
