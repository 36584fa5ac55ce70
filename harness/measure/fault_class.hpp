// The classes of accesses: what the kernel had to do before an access was through.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace faultlab {

// From the weakest to the strongest, as far as an access can have several: the strongest names it.
enum class FaultClass : std::uint8_t {
  hit,             // no fault; the system call did not sleep
  minor,           // a fault that mapped a page that was in memory
  zero_page,       // ... that mapped the page of zeros which all anonymous memory shares
  zero_fill,       // ... that gave anonymous memory a zeroed page
  cow,             // ... that copied a page of a private mapping
  write_protect,   // ... that made a page of a shared file mapping writable
  hugepage,        // ... that mapped 2 MiB at once
  swap_cache,      // ... that mapped a page which was out, or on its way, and still or already in memory
  blocked_minor,   // a minor fault in which the thread slept, as a rule for read-ahead in flight
  major,           // a fault that started a read, whether or not the thread slept
  zero_swap_in,    // ... that made a page of zeros anew, which had been swapped out without being stored
  zram_swap_in,    // ... that had a page unpacked by zram, in memory
  zswap_swap_in,   // ... by zswap
  device_swap_in,  // ... that waited for a swap device
  blocked,         // a system call in which the thread slept
  queued,          // from the queue to its completion, with others under way in the same queue
  unclassified,    // none of these could be told; the report says why
  any,             // no access could be told from another, because the kernel refused the events
};

inline constexpr auto kFaultClassNames = std::to_array<std::string_view>(
    {"hit", "minor", "zero_page", "zero_fill", "cow", "write_protect", "hugepage", "swap_cache",
     "blocked_minor", "major", "zero_swap_in", "zram_swap_in", "zswap_swap_in", "device_swap_in", "blocked",
     "queued", "unclassified", "any"});
inline constexpr std::size_t kFaultClasses = kFaultClassNames.size();

constexpr std::size_t index_of(FaultClass each) { return static_cast<std::size_t>(each); }
constexpr std::string_view to_string(FaultClass each) { return kFaultClassNames[index_of(each)]; }

constexpr std::optional<FaultClass> fault_class_from(std::string_view name) {
  for (std::size_t i = 0; i < kFaultClasses; ++i) {
    if (kFaultClassNames[i] == name) return static_cast<FaultClass>(i);
  }
  return std::nullopt;
}

// What the faults of an engine's accesses are: this follows from the kind of its mapping and from the
// state of the page before, and no counter tells it.
struct FaultMeaning {
  bool mapped = true;                             // false: system calls, which hit or block
  FaultClass minor = FaultClass::minor;           // of an access that only loads
  FaultClass minor_of_store = FaultClass::minor;  // of one that stores first: it has the store's faults only
  FaultClass major = FaultClass::major;           // in which the thread slept
  FaultClass awake_major = FaultClass::major;     // in which it did not
  bool may_be_huge = false;  // the kernel may map 2 MiB at once: asked after each minor fault

  constexpr FaultClass minor_of(bool stores) const { return stores ? minor_of_store : minor; }
};

// Why an access is unclassified.
enum class Unclassified : std::uint8_t { slept_without_fault, foreign_fault, ring_full, perhaps_huge };
inline constexpr auto kUnclassifiedReasons = std::to_array<std::string_view>(
    {"the thread slept without a fault",
     "a page outside of the dataset's memory faulted: the harness's own code, stack or buffers",
     "an access had more faults than its ring has room for: use a smaller workload.block",
     "the kernel may have mapped 2 MiB at once, and cannot be asked: PAGEMAP_SCAN needs Linux 6.7"});

}  // namespace faultlab
