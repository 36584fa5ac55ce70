// The program's mappings, populated.
#include "os/own_pages.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <cstdio>

#include "os/fd.hpp"
#include "os/file.hpp"

namespace faultlab::os {
namespace {

// A sanitizer's shadow memory spans terabytes and has no place in memory.
constexpr std::uintptr_t kLargest = 256UL << 20;
// Deeper than any call within a window goes.
constexpr std::size_t kStack = 256UL << 10;

void deepen_stack() {
  std::array<char, kStack> depth;
  volatile char* place = depth.data();
  for (std::size_t at = 0; at < kStack; at += 4096) place[at] = 0;
}

bool grows(const Area& area) { return area.name == "[heap]" || area.name == "[stack]"; }

// Special mappings of the kernel refuse; they are not written to, nor first read, in a window.
void populate(const Area& area) {
  if (!area.readable || area.end - area.begin > kLargest) return;
  const int advice = area.writable && !area.shared ? MADV_POPULATE_WRITE : MADV_POPULATE_READ;
  ::madvise(reinterpret_cast<void*>(area.begin), area.end - area.begin, advice);
}

Result<std::vector<Area>> areas_now() {
  auto maps = read_text("/proc/self/maps");
  if (!maps) return propagate(std::move(maps));
  return parse_areas(*maps);
}

}  // namespace

std::vector<Area> parse_areas(std::string_view maps) {
  std::vector<Area> areas;
  while (!maps.empty()) {
    const std::string line(maps.substr(0, maps.find('\n')));
    maps.remove_prefix(std::min(maps.size(), line.size() + 1));
    Area area;
    std::array<char, 5> permissions{};
    int name_at = 0;
    if (std::sscanf(line.c_str(), "%lx-%lx %4s %*x %*s %*u %n", &area.begin, &area.end, permissions.data(),
                    &name_at) < 3) {
      continue;
    }
    area.readable = permissions[0] == 'r';
    area.writable = permissions[1] == 'w';
    area.shared = permissions[3] == 's';
    if (name_at > 0) area.name = line.substr(static_cast<std::size_t>(name_at));
    areas.push_back(std::move(area));
  }
  return areas;
}

Result<OwnPages> OwnPages::now() {
  auto areas = areas_now();
  if (!areas) return propagate(std::move(areas));
  OwnPages own;
  own.areas_ = std::move(*areas);
  return own;
}

Result<> OwnPages::bring_in() const {
  deepen_stack();
  const auto now = areas_now();
  if (!now) return Failure(now.error());
  for (const Area& area : areas_) {
    if (!grows(area)) populate(area);
  }
  for (const Area& area : *now) {
    if (grows(area)) populate(area);
  }
  return {};
}

}  // namespace faultlab::os
