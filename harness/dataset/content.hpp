// What a dataset holds: every 64-bit word is a function of (seed, page, place in the page), so that
// any access can be checked without a second copy of the data.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/random.hpp"
#include "base/units.hpp"
#include "catalogue/content_spec.hpp"

namespace faultlab {

inline constexpr std::uint64_t kWordsPerPage = kPage.value / sizeof(std::uint64_t);

// How many words of a page are drawn, from its beginning; the rest is 0.
constexpr std::uint64_t drawn_words(Content kind) {
  switch (kind) {
    case Content::random:
      return kWordsPerPage;
    case Content::half:
      return kWordsPerPage / 2;
    case Content::zero:
    case Content::sparse:
      return 0;
  }
  return 0;
}

// A page's words are an arithmetic progression first + i * step modulo 2^64, with both terms drawn
// from (seed, page): no compressor of zram or a file system finds a match in it, and the sum of any
// run of words has a closed form, which makes checking a whole trial as cheap as drawing its order.
class PageContent {
 public:
  PageContent(const ContentSpec& spec, PageIndex page)
      : first_(mix64(spec.seed ^ mix64(page.value))),
        step_(mix64(first_ + page.value) | 1),
        drawn_(drawn_words(spec.kind)) {}

  std::uint64_t word(std::uint64_t i) const { return i < drawn_ ? first_ + i * step_ : 0; }

  // Sum of words [0, kWordsPerPage) modulo 2^64.
  std::uint64_t sum() const {
    return drawn_ == 0 ? 0 : drawn_ * first_ + step_ * (drawn_ * (drawn_ - 1) / 2);
  }

  void fill(std::span<std::uint64_t, kWordsPerPage> words) const {
    std::uint64_t word = first_;
    for (auto& each : words.first(drawn_)) {
      each = word;
      word += step_;
    }
    for (auto& each : words.subspan(drawn_)) each = 0;
  }

 private:
  std::uint64_t first_;
  std::uint64_t step_;
  std::uint64_t drawn_;
};

// Fills a page-aligned range of whole pages with the content that stands at `offset` of the dataset.
inline void fill_content(const ContentSpec& spec, std::uint64_t offset, std::span<std::byte> into) {
  auto* words = reinterpret_cast<std::uint64_t*>(into.data());
  const std::uint64_t pages = into.size() / kPage.value;
  for (std::uint64_t p = 0; p < pages; ++p) {
    PageContent(spec, PageIndex(offset / kPage.value + p))
        .fill(std::span<std::uint64_t, kWordsPerPage>(words + p * kWordsPerPage, kWordsPerPage));
  }
}

// The checksum that `consume` must return for one block: touch and copy add the first word of every
// page, sum adds every word.
inline std::uint64_t expected_checksum(const ContentSpec& spec, std::uint64_t offset, Bytes block,
                                       bool every_word) {
  std::uint64_t sum = 0;
  const std::uint64_t first = offset / kPage.value;
  for (std::uint64_t p = first; p < first + block.value / kPage.value; ++p) {
    const PageContent page(spec, PageIndex(p));
    sum += every_word ? page.sum() : page.word(0);
  }
  return sum;
}

}  // namespace faultlab
