// Tracepoints by name: their numbers and the layout of their records, as tracefs describes them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace faultlab::os {

struct TracepointField {
  std::size_t offset = 0;
  std::size_t size = 0;
};

struct Tracepoint {
  std::string name;      // "filemap:mm_filemap_add_to_page_cache"
  std::uint64_t id = 0;  // perf_event_attr.config of PERF_TYPE_TRACEPOINT
  std::map<std::string, TracepointField, std::less<>> fields;

  bool has(std::string_view field) const { return fields.find(field) != fields.end(); }
  // An unsigned field of a raw record. Precondition: has(field).
  std::uint64_t value(std::string_view field, const std::byte* raw) const;
};

// `group` and `event` as in events/<group>/<event>. Reads tracefs where it is mounted; elsewhere
// through a detached mount of our own (fsmount(2), Linux 5.2), which leaves no trace on the host.
// Fails, with the remedy, for ordinary users and where the kernel has no such tracepoint.
Result<Tracepoint> find_tracepoint(const std::string& group, const std::string& event);

// The text of events/<group>/<event>/format, parsed. For tests.
Result<Tracepoint> parse_tracepoint(const std::string& name, std::string_view format);

}  // namespace faultlab::os
