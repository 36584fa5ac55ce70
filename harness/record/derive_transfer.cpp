// Derived readings of a transfer.
#include "record/derive_transfer.hpp"

#include <algorithm>

#include "record/derive.hpp"

namespace faultlab::record {
namespace {

// What only some engines do, and tell: 0 of the others.
Value told(const Readings& readings, std::string_view metric) {
  return find(readings, metric, "engine") == nullptr ? Value::count(0) : primary(readings, metric);
}

// What was copied out of the page cache into user memory.
Value read_bytes(const Readings& readings) {
  return primary(readings, "buffered_read_bytes") + told(readings, "uring_read_bytes");
}

constexpr std::int64_t kMib = 1 << 20;
constexpr std::int64_t kGib = 1 << 30;

void put(Readings& readings, const char* metric, Value value, std::string source = "derived",
         std::string note = {}) {
  readings.push_back({metric, std::move(source), std::move(value), std::nullopt, std::move(note)});
}

Value per(const Value& value, std::int64_t unit, const Value& bytes) {
  return value * Value(static_cast<double>(unit)) / bytes;
}

void put_copies_derived(Readings& readings, std::optional<unsigned> copies_into) {
  const Value bytes = primary(readings, "bytes");
  const Value into =
      copies_into ? Value::count(*copies_into) * bytes : bytes - primary(readings, "shared_bytes");
  put(readings, "cpu_copied_bytes", read_bytes(readings) + into + told(readings, "copied_after_all_bytes"),
      "derived", "from the known path through the kernel, not measured");
}

}  // namespace

// By the pages: what was read into a buffer, what then lay in other pages than the file's, and what was
// copied after that on the kernel's own word. By the functions: what they returned.
void derive_copies(Readings& readings) {
  if (find(readings, "wire_other_bytes", "wire_ownership") != nullptr) {
    put(readings, "cpu_copied_bytes",
        read_bytes(readings) + primary(readings, "wire_other_bytes") +
            told(readings, "copied_after_all_bytes"),
        "wire_ownership");
  }
  if (find(readings, "copied_in_bytes", "copy_functions") != nullptr) {
    put(readings, "cpu_copied_bytes",
        primary(readings, "copied_out_bytes") + primary(readings, "copied_in_bytes") +
            primary(readings, "copied_looped_bytes"),
        "copy_functions");
  }
  const bool told_of = std::any_of(readings.begin(), readings.end(),
                                   [](const Reading& each) { return each.metric == "cpu_copied_bytes"; });
  if (!told_of) return;
  put(readings, "copies_per_byte", primary(readings, "cpu_copied_bytes") / primary(readings, "bytes"));
}

void derive_crossings(Readings& readings) {
  const Value calls = primary(readings, "syscalls");
  if (!calls.present()) return;
  const Value crossings = Value::count(2) * (calls + primary(readings, "user_minor_faults") +
                                             primary(readings, "user_major_faults"));
  const Value accesses = primary(readings, "accesses");
  put(readings, "mode_switches", crossings);
  put(readings, "mode_switches_per_access", crossings / accesses);
  put(readings, "context_switches_per_access", primary(readings, "context_switches") / accesses);
}

void derive_transfer(Readings& readings, std::optional<unsigned> copies_into) {
  put_copies_derived(readings, copies_into);
  const Value bytes = primary(readings, "bytes");
  put(readings, "syscalls_per_mib", per(primary(readings, "syscalls"), kMib, bytes));
  put(readings, "sender_ns_per_gib",
      per(primary(readings, "user_ns") + primary(readings, "system_ns"), kGib, bytes));
  put(readings, "softirq_ns_per_gib", per(primary(readings, "softirq_ns"), kGib, bytes));
  put(readings, "receiver_ns_per_gib",
      per(primary(readings, "receiver_user_ns") + primary(readings, "receiver_system_ns"), kGib,
          primary(readings, "received_bytes")));
}

}  // namespace faultlab::record
