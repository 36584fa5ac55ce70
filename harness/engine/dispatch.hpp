// From run-time choices to an instantiation of the inner loops: once per worker, never per access.
#pragma once

#include <cstddef>
#include <memory>
#include <type_traits>

#include "base/units.hpp"
#include "catalogue/engine_spec.hpp"

namespace faultlab::engine {

// Calls make(latency) with a compile-time constant.
template <class Make>
std::unique_ptr<Accessor> with_latency(Latency latency, Make make) {
  switch (latency) {
    case Latency::sampled:
      return make(std::integral_constant<Latency, Latency::sampled>{});
    case Latency::full:
      return make(std::integral_constant<Latency, Latency::full>{});
    case Latency::off:
      break;
  }
  return make(std::integral_constant<Latency, Latency::off>{});
}

// Calls make(consume, one_page, latency) with all three as compile-time constants. A block of one page
// is the common case and gets its own loops, in which the block's size is known; so do accesses that
// nobody times, in which nothing of the timing is left.
template <class Make>
std::unique_ptr<Accessor> with_loops(const AccessSetup& setup, Make make) {
  const auto timed = [&](auto consume, auto one_page) {
    return with_latency(setup.latency, [&](auto latency) { return make(consume, one_page, latency); });
  };
  const auto sized = [&](auto consume) -> std::unique_ptr<Accessor> {
    if (setup.block == kPage) return timed(consume, std::true_type{});
    return timed(consume, std::false_type{});
  };
  switch (setup.consume) {
    case Consume::touch:
      return sized(std::integral_constant<Consume, Consume::touch>{});
    case Consume::sum:
      return sized(std::integral_constant<Consume, Consume::sum>{});
    case Consume::chase:
      return sized(std::integral_constant<Consume, Consume::chase>{});
    case Consume::copy:
      break;
  }
  return sized(std::integral_constant<Consume, Consume::copy>{});
}

}  // namespace faultlab::engine
