// Preparing and walking a file mapping.
#include "scenario/file_touch.hpp"

#include <fmt/format.h>

namespace faultlab::scenario {

std::uint64_t pages_of_part(std::uint64_t pages) {
  return pages < 4 * kTablePages ? pages : pages / (4 * kTablePages) * kTablePages;
}

Result<> FileTouch::prepare(const Ground& ground) {
  ground_ = ground;
  if (!plan_.whole) ground_.pages = pages_of_part(ground.pages);
  auto file = FileGround::make(ground_, plan_.fill);
  if (!file) return propagate(std::move(file));
  file_ = std::move(*file);
  auto region = os::FileRegion::reserve(PageCount(pages()));
  if (!region) return propagate(std::move(region));
  region_ = std::move(*region);
  if (!plan_.cold) {
    if (auto kept = file_.keep(); !kept) return kept;
  }
  if (auto mapped = map(); !mapped) return mapped;
  if (auto ready = set_up(); !ready) return ready;
  return plan_.cold ? file_.drop() : Result<>();
}

Result<> FileTouch::map(int extra_flags) {
  if (auto mapped = region_.map(file_.fd(), region_.all(), 0, protection(), plan_.sharing | extra_flags);
      !mapped) {
    return mapped;
  }
  return region_.advise(plan_.advice);
}

Result<> FileTouch::act() noexcept {
  if (plan_.write) {
    mark_pages(region_.data(), pages(), plan_.step);
  } else {
    sum_ = sum_pages(region_.data(), pages(), plan_.step);
  }
  return {};
}

std::string FileTouch::verify() {
  if (plan_.write || sum_ == file_.expected_sum(plan_.step)) return {};
  return fmt::format("the touches summed to {:#x}, not to {:#x}: other bytes than were written", sum_,
                     file_.expected_sum(plan_.step));
}

Result<FileTouch::Known> FileTouch::known() {
  auto found = find_rules(ground_);
  if (!found) return propagate(std::move(found));
  auto layout = file_.layout();
  if (!layout) return propagate(std::move(layout));
  std::string rule = fmt::format("{}; folios {}", found->how, describe(*layout));
  // Finding out may have pushed the pages out of the processor's caches, and the fault handler too. Mapped
  // and read once more, all begin in one state.
  if (!plan_.cold) {
    if (auto kept = file_.keep(); !kept) return Failure(kept.error());
  }
  return Known{found->rules, std::move(*layout), std::move(rule)};
}

}  // namespace faultlab::scenario
