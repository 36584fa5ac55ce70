// The innermost loops: what is done with the bytes of one block, and one batch of accesses.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "base/units.hpp"
#include "catalogue/engine_spec.hpp"
#include "measure/latency_recorder.hpp"

namespace faultlab::engine {

inline constexpr std::size_t kWords = kPage.value / sizeof(std::uint64_t);

inline std::uint64_t word_at(const std::byte* at) { return *reinterpret_cast<const std::uint64_t*>(at); }

// Sum of the first word of every page.
inline std::uint64_t touch_pages(const std::byte* at, std::size_t size) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < size; i += kPage.value) sum += word_at(at + i);
  return sum;
}

// Sum of every word. The fixed count of the inner loop lets the compiler use vectors at -O2 too.
inline std::uint64_t sum_words(const std::byte* at, std::size_t size) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < size; i += kPage.value) {
    const auto* words = reinterpret_cast<const std::uint64_t*>(at + i);
    for (std::size_t w = 0; w < kWords; ++w) sum += words[w];
  }
  return sum;
}

// `copy` holds `size` bytes; only Consume::copy writes to it.
template <Consume kConsume>
std::uint64_t consume(const std::byte* at, std::size_t size, std::byte* copy) {
  if constexpr (kConsume == Consume::touch || kConsume == Consume::chase) {
    return touch_pages(at, size);
  } else if constexpr (kConsume == Consume::sum) {
    return sum_words(at, size);
  } else {
    std::memcpy(copy, at, size);
    return touch_pages(copy, size);
  }
}

// Where an access goes. For Consume::chase this needs the words of the access before, as it does in a list or
// a tree: a zero of which the compiler does not know that it is one is made of them, so that the processor
// has to wait for them, and the offset stays what it is.
template <Consume kConsume>
std::uint64_t linked(std::uint64_t offset, [[maybe_unused]] std::uint64_t sum) {
  if constexpr (kConsume == Consume::chase) {
    std::uint64_t zero = 0;
    asm("" : "+r"(zero));
    offset += sum & zero;
  }
  return offset;
}

// What stands in for a stop flag where the caller gives none.
inline constexpr std::atomic<std::uint32_t> kNeverStop{0};

inline const std::atomic<std::uint32_t>& stop_flag(const AccessSetup& setup) {
  return setup.stop != nullptr ? *setup.stop : kNeverStop;
}

// Calls reach(offset, sum) for each offset; it adds what it consumed to sum and returns 0, or errno.
// `memory` is where the accesses may fault; `recorder` is asked only where accesses are timed.
template <Latency kLatency, class Reach>
BatchResult each_access(std::span<const std::uint64_t> offsets, const std::atomic<std::uint32_t>& stop,
                        [[maybe_unused]] std::span<const std::byte> memory,
                        [[maybe_unused]] LatencyRecorder* recorder, Reach reach) noexcept {
  std::uint64_t sum = 0;
  std::uint64_t done = 0;
  // One after the other; `timed` makes each access and returns what it returned. `zero` is what an access has
  // to wait for, if anything.
  const auto each = [&](auto timed) {
    for (const std::uint64_t offset : offsets) {
      if (stop.load(std::memory_order_relaxed) != 0) break;
      const auto access = [&](std::uint64_t zero = 0) { return reach(offset + zero, sum); };
      if (const int error = timed(access); error != 0) return error;
      ++done;
    }
    return 0;
  };
  int error = 0;
  if constexpr (kLatency == Latency::off) {
    error = each([](auto access) { return access(); });
  } else if constexpr (kLatency == Latency::sampled) {
    error = each([&](auto access) { return recorder->due() ? recorder->timed(memory, access) : access(); });
  } else {
    LatencyRecorder::Chain chain(*recorder);
    error = each([&](auto access) { return chain.timed(memory, access); });
  }
  return {done, sum, error};
}

}  // namespace faultlab::engine
