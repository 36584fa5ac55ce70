// Ways out of memory, and proofs of them.
#include "scenario/swapping.hpp"

#include <fmt/format.h>

#include <chrono>
#include <thread>

#include "dataset/content.hpp"
#include "host/text.hpp"
#include "os/file.hpp"
#include "os/page_words.hpp"
#include "os/process.hpp"

namespace faultlab::scenario {
namespace {

constexpr std::uint64_t kSeed = 20;
// How long pages may take to leave memory: the device must have written them first.
constexpr int kRounds = 500;
constexpr auto kRound = std::chrono::milliseconds(20);

ContentSpec content_of(Filling filling) {
  return {kSeed, filling == Filling::half ? Content::half : Content::zero};
}

}  // namespace

Result<> filled(Stand& s, Filling filling) {
  if (auto bound = os::stay_on_this_cpu(); !bound) return bound;
  if (auto made = s.small_pages(); !made) return made;
  fill_content(content_of(filling), 0, {s.region.at(), s.pages * kPageSize});
  return {};
}

// A page that has just been written to a device stays in the swap cache until reclaim comes by again, and
// nothing comes by for a page that no entry maps. Read once more it is mapped as before, clean and with its
// place in the area, and can be dropped without being written. A processor that has seen writes end keeps up
// to 31 of those pages in a batch of its own, where nobody else can take them (mm/swap.c,
// folio_rotate_reclaimable), until it is asked to take some itself: so every processor is.
Result<> filled_and_out(Stand& s, Filling filling) {
  if (auto made = filled(s, filling); !made) return made;
  std::uint64_t left = s.pages;
  for (int round = 0; round < kRounds; ++round) {
    if (auto out = os::on_each_cpu([&] { return page_out(s); }); !out) return out;
    const auto there = os::pages_in_memory(s.region.at(), PageCount(s.pages));
    if (!there) return Failure(there.error());
    left = static_cast<std::uint64_t>(std::count(there->begin(), there->end(), true));
    if (left == 0) return {};
    std::this_thread::sleep_for(kRound);
    for (std::uint64_t i = 0; i < s.pages; ++i) {
      if ((*there)[i]) read_pages(s.region.at(i), 1);
    }
  }
  return fail(fmt::format("{} of {} pages would not leave memory", left, s.pages),
              "look at /proc/swaps: the area may be full, or used by others");
}

Result<> page_out(Stand& s) { return s.region.advise(0, s.pages, MADV_PAGEOUT); }

std::string all_swapped(const Stand& s) {
  const auto words = os::page_words(s.region.at(), PageCount(s.pages));
  if (!words) return words.error().what;
  const auto out =
      std::count_if(words->begin(), words->end(), [](const auto& word) { return word.swapped(); });
  if (static_cast<std::uint64_t>(out) == s.pages) return {};
  return fmt::format("{} of {} pages are swapped out", out, s.pages);
}

std::string all_whole(const Stand& s, Filling filling) {
  for (std::uint64_t i = 0; i < s.pages; ++i) {
    const auto word = *reinterpret_cast<const std::uint64_t*>(s.region.at(i));
    if (word != PageContent(content_of(filling), PageIndex(i)).word(0)) {
      return fmt::format("page {} came back with other content", i);
    }
  }
  return {};
}

bool zeros_are_remembered() {
  const auto text = os::read_text("/proc/vmstat");
  return text && host::number_after(*text, "swpout_zero").has_value();
}

}  // namespace faultlab::scenario
