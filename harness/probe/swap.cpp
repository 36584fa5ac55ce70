// Probe `swap`: the trial's own swap area, from /proc/swaps and, for zram, its mm_stat.
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "host/swap_area.hpp"
#include "host/text.hpp"
#include "os/file.hpp"
#include "probe/counters.hpp"

namespace faultlab {
namespace {

constexpr const char* kNone = "the trial has no swap area";

Value used_of(const std::string& path, const std::string& root) {
  if (path.empty()) return Missing{kNone};
  const auto areas = host::swap_areas(root);
  if (!areas) return Missing{areas.error().what};
  const auto ours = std::find_if(areas->begin(), areas->end(),
                                 [&](const host::SwapUse& area) { return area.path == path; });
  if (ours == areas->end()) return Missing{path + " is not in use"};
  return Value::count(ours->used.value);
}

// Documentation/admin-guide/blockdev/zram.rst: orig_data_size compr_data_size mem_used_total ... same_pages.
struct ZramRow {
  std::string_view metric;
  std::size_t column;
};
constexpr auto kZramRows = std::to_array<ZramRow>({{"zram_stored_bytes", 0},
                                                   {"zram_compressed_bytes", 1},
                                                   {"zram_memory_bytes", 2},
                                                   {"zram_same_filled_pages", 5}});

Value zram_value(const std::optional<Result<std::string>>& text, std::size_t column,
                 const std::string& path) {
  if (!text) return Missing{path.empty() ? kNone : "the trial's swap area is no zram device"};
  if (!*text) return Missing{text->error().what};
  const auto words = host::words_of(**text);
  const auto number = column < words.size() ? host::to_number(words[column]) : std::nullopt;
  return number ? Value::count(*number) : Value(Missing{"mm_stat of " + path + " has an unknown form"});
}

Counters read_swap(const std::string& path, const std::string& root) {
  Counters counters = {{"swap_used_bytes", used_of(path, root), Counter::Kind::gauge}};
  constexpr std::string_view kZram = "/dev/zram";
  std::optional<Result<std::string>> stat;
  if (path.starts_with(kZram)) {
    stat = os::read_text(fmt::format("{}/sys/block/zram{}/mm_stat", root, path.substr(kZram.size())));
  }
  for (const ZramRow& row : kZramRows) {
    counters.push_back({row.metric, zram_value(stat, row.column, path), Counter::Kind::gauge});
  }
  return counters;
}

}  // namespace

extern const ProbeSpec swap_probe;
const ProbeSpec swap_probe = {
    {.name = "swap", .summary = "/proc/swaps and zram's mm_stat: what lies in the trial's own swap area"},
    ProbeSide::parent,
    [](const ProbeTarget& target) {
      return make_counter_probe("swap", Sampled::yes, [path = target.swap_path, root = target.root] {
        return read_swap(path, root);
      });
    }};

}  // namespace faultlab
