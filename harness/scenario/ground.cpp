// Common steps of the recipes.
#include "scenario/ground.hpp"

namespace faultlab::scenario {

Result<> Stand::small_pages() {
  auto reserved = os::AnonRegion::reserve(PageCount(pages));
  if (!reserved) return propagate(std::move(reserved));
  region = std::move(*reserved);
  if (auto mapped = region.map(0, pages, kReadWrite); !mapped) return mapped;
  // EINVAL where the kernel knows no huge pages: then there is nothing to keep away.
  [[maybe_unused]] auto advised = region.advise(0, pages, MADV_NOHUGEPAGE);
  return {};
}

Result<> Stand::small_pages_written() {
  if (auto made = small_pages(); !made) return made;
  return write_all_pages(*this);
}

Result<> Stand::accompany(void (*task)(Stand& stand)) {
  auto started = Companion::start([this, task] { task(*this); });
  if (!started) return propagate(std::move(started));
  companion = std::move(*started);
  return {};
}

Forecast in_user_mode(std::uint64_t faults, std::string rule) {
  return {.minor = signed_count(faults), .rule = std::move(rule)};
}
Forecast in_kernel_mode(std::uint64_t faults, std::string rule) {
  return {.minor = signed_count(faults), .kernel_minor = signed_count(faults), .rule = std::move(rule)};
}
Forecast without_trap(std::uint64_t faults, std::string rule) {
  return {.minor = signed_count(faults), .direct_minor = signed_count(faults), .rule = std::move(rule)};
}
Forecast nothing(std::string rule) { return {.rule = std::move(rule)}; }

}  // namespace faultlab::scenario
