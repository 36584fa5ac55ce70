// From run-time choices to an instantiation of the inner loops: once per worker, never per access.
#pragma once

#include <cstddef>
#include <memory>
#include <type_traits>

#include "base/units.hpp"
#include "catalogue/engine_spec.hpp"

namespace faultlab::engine {

// Calls make(consume, one_page) with both as compile-time constants. A block of one page is the
// common case and gets its own loops, in which the block's size is known.
template <class Make>
std::unique_ptr<Accessor> with_loops(const AccessSetup& setup, Make make) {
  const auto sized = [&](auto consume) -> std::unique_ptr<Accessor> {
    if (setup.block == kPage) return make(consume, std::true_type{});
    return make(consume, std::false_type{});
  };
  switch (setup.consume) {
    case Consume::touch:
      return sized(std::integral_constant<Consume, Consume::touch>{});
    case Consume::sum:
      return sized(std::integral_constant<Consume, Consume::sum>{});
    case Consume::copy:
      break;
  }
  return sized(std::integral_constant<Consume, Consume::copy>{});
}

}  // namespace faultlab::engine
