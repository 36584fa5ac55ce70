// What a dataset holds: every 64-bit word is a function of (seed, page, place in the page), so that
// any access can be checked without a second copy of the data.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/random.hpp"
#include "base/units.hpp"

namespace faultlab {

inline constexpr std::uint64_t kWordsPerPage = kPage.value / sizeof(std::uint64_t);

// A page's words are an arithmetic progression first + i * step modulo 2^64, with both terms drawn
// from (seed, page): no compressor of zram or a file system finds a match in it, and the sum of any
// run of words has a closed form, which makes checking a whole trial as cheap as drawing its order.
class PageContent {
 public:
  PageContent(std::uint64_t seed, PageIndex page)
      : first_(mix64(seed ^ mix64(page.value))), step_(mix64(first_ + page.value) | 1) {}

  std::uint64_t word(std::uint64_t i) const { return first_ + i * step_; }

  // Sum of words [0, kWordsPerPage) modulo 2^64.
  std::uint64_t sum() const {
    return kWordsPerPage * first_ + step_ * (kWordsPerPage * (kWordsPerPage - 1) / 2);
  }

  void fill(std::span<std::uint64_t, kWordsPerPage> words) const {
    std::uint64_t word = first_;
    for (auto& each : words) {
      each = word;
      word += step_;
    }
  }

 private:
  std::uint64_t first_;
  std::uint64_t step_;
};

// Fills a page-aligned range of whole pages with the content that stands at `offset` of the dataset.
inline void fill_content(std::uint64_t seed, std::uint64_t offset, std::span<std::byte> into) {
  auto* words = reinterpret_cast<std::uint64_t*>(into.data());
  const std::uint64_t pages = into.size() / kPage.value;
  for (std::uint64_t p = 0; p < pages; ++p) {
    PageContent(seed, PageIndex(offset / kPage.value + p))
        .fill(std::span<std::uint64_t, kWordsPerPage>(words + p * kWordsPerPage, kWordsPerPage));
  }
}

// The checksum that `consume` must return for one block: touch and copy add the first word of every
// page, sum adds every word.
inline std::uint64_t expected_checksum(std::uint64_t seed, std::uint64_t offset, Bytes block,
                                       bool every_word) {
  std::uint64_t sum = 0;
  const std::uint64_t first = offset / kPage.value;
  for (std::uint64_t p = first; p < first + block.value / kPage.value; ++p) {
    const PageContent page(seed, PageIndex(p));
    sum += every_word ? page.sum() : page.word(0);
  }
  return sum;
}

}  // namespace faultlab
