// Swap areas: /proc/swaps and the guard.
#include "host/swap_area.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "host/text.hpp"
#include "os/file.hpp"
#include "os/swap.hpp"

namespace faultlab::host {
namespace {

// "/swap\040file  file  65532  0  -2": sizes in KiB.
std::optional<SwapUse> parse(std::string_view line) {
  const auto words = words_of(line);
  if (words.size() != 5) return std::nullopt;
  const auto size = to_number(words[2]);
  const auto used = to_number(words[3]);
  int priority = 0;
  const auto [end, error] = std::from_chars(words[4].data(), words[4].data() + words[4].size(), priority);
  if (!size || !used || error != std::errc{}) return std::nullopt;
  return SwapUse{unescape(words[0]), std::string(words[1]), Bytes(*size * 1024), Bytes(*used * 1024),
                 priority};
}

}  // namespace

Result<std::vector<SwapUse>> swap_areas(const std::string& root) {
  const auto text = os::read_text(root + "/proc/swaps");
  if (!text) return fail(text.error().what, "use a kernel with CONFIG_SWAP", text.error().code);
  std::vector<SwapUse> areas;
  auto lines = lines_of(*text);
  if (!lines.empty()) lines.erase(lines.begin());  // the headings
  for (const std::string_view line : lines) {
    auto area = parse(line);
    if (!area) return fail(fmt::format("/proc/swaps has a line of an unknown form: {}", line));
    areas.push_back(std::move(*area));
  }
  return areas;
}

Result<> no_other_first(const std::vector<SwapUse>& areas, int priority) {
  const auto other = std::find_if(areas.begin(), areas.end(),
                                  [&](const SwapUse& area) { return area.priority >= priority; });
  if (other == areas.end()) return {};
  return fail(fmt::format("the swap area {} has priority {}: the kernel would not use ours, of {}, before it",
                          other->path, other->priority, priority),
              "switch that area off (swapoff), or give the experiment's a higher priority");
}

Result<SwapArea> SwapArea::enable(const std::string& path, Bytes size, int priority,
                                  std::shared_ptr<Journal> journal) {
  const auto areas = swap_areas();
  if (!areas) return Failure(areas.error());
  if (auto alone = no_other_first(*areas, priority); !alone) return propagate(std::move(alone));
  auto fd = os::open_fd(path, O_RDWR);
  if (!fd) return propagate(std::move(fd));
  if (auto wrote = os::write_swap_header(*fd, size, path); !wrote) return propagate(std::move(wrote));
  auto change = Change::note(std::move(journal), SwapOff{path});
  if (!change) return propagate(std::move(change));
  if (auto on = os::swap_on(path, priority); !on) return propagate(std::move(on));
  return SwapArea(std::move(*change), path);
}

}  // namespace faultlab::host
