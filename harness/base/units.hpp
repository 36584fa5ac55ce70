// Bytes, page counts and page indexes as distinct types: adding one to another does not compile.
#pragma once

#include <compare>
#include <cstdint>
#include <limits>

namespace faultlab {

template <class Tag>
struct Quantity {
  std::uint64_t value = 0;

  constexpr Quantity() = default;
  constexpr explicit Quantity(std::uint64_t v) : value(v) {}
  constexpr auto operator<=>(const Quantity&) const = default;

  friend constexpr Quantity operator+(Quantity a, Quantity b) { return Quantity(a.value + b.value); }
  // Saturates at zero: a difference of sizes is never negative.
  friend constexpr Quantity operator-(Quantity a, Quantity b) {
    return Quantity(a.value < b.value ? 0 : a.value - b.value);
  }
  friend constexpr Quantity operator*(Quantity a, std::uint64_t n) { return Quantity(a.value * n); }
};

using Bytes = Quantity<struct BytesTag>;
using PageCount = Quantity<struct PageCountTag>;
using PageIndex = Quantity<struct PageIndexTag>;

inline constexpr Bytes kNoLimit{std::numeric_limits<std::uint64_t>::max()};

// The base page size of every architecture that faultlab runs on; `doctor` refuses others.
inline constexpr Bytes kPage{4096};

constexpr PageCount pages_ceil(Bytes bytes) {
  return PageCount(bytes.value / kPage.value + (bytes.value % kPage.value != 0 ? 1 : 0));
}
constexpr PageCount pages_floor(Bytes bytes) { return PageCount(bytes.value / kPage.value); }
constexpr Bytes bytes_of(PageCount pages) { return Bytes(pages.value * kPage.value); }
constexpr PageIndex page_of(Bytes offset) { return PageIndex(offset.value / kPage.value); }

}  // namespace faultlab
