// From an order and the dataset's generator to what must have been seen.
#include "run/proof.hpp"

#include <fmt/format.h>

#include <array>

#include "dataset/content.hpp"
#include "measure/stream_sum.hpp"

namespace faultlab::run {
namespace {

template <class Visit>
void each_offset(Order& order, std::uint64_t accesses, Visit visit) {
  std::array<std::uint64_t, 128> offsets{};
  for (std::uint64_t done = 0; done < accesses;) {
    const std::span batch(offsets.data(), std::min<std::uint64_t>(offsets.size(), accesses - done));
    order.fill(batch);
    for (const std::uint64_t offset : batch) visit(offset);
    done += batch.size();
  }
}

// The blocks in the order in which they were sent.
std::uint64_t expected_stream(Order& order, const config::Trial& trial, std::uint64_t accesses) {
  StreamSum sum;
  const std::uint64_t pages = trial.workload.block.value / kPage.value;
  each_offset(order, accesses, [&](std::uint64_t offset) {
    for (std::uint64_t page = offset / kPage.value; page < offset / kPage.value + pages; ++page) {
      const PageContent content(trial.dataset.spec(), PageIndex(page));
      for (std::uint64_t i = 0; i < kWordsPerPage; ++i) sum.add_word(content.word(i));
    }
  });
  return sum.value();
}

}  // namespace

std::string wrong_checksum(Order& order, const config::Trial& trial, std::uint64_t accesses,
                           std::uint64_t checksum) {
  const bool every_word = trial.workload.consume == Consume::sum;
  std::uint64_t expected = 0;
  each_offset(order, accesses, [&](std::uint64_t offset) {
    expected += expected_checksum(trial.dataset.spec(), offset, trial.workload.block, every_word);
  });
  if (expected == checksum) return {};
  return fmt::format("checksum {:016x} of {} accesses, expected {:016x}", checksum, accesses, expected);
}

std::string wrong_arrival(Order& order, const config::Trial& trial, std::uint64_t accesses,
                          const Arrival& arrival) {
  const std::uint64_t sent = accesses * trial.workload.block.value;
  if (arrival.bytes && *arrival.bytes != sent) {
    return fmt::format("{} bytes arrived of {} that were sent", *arrival.bytes, sent);
  }
  if (!arrival.checksum) return {};
  const std::uint64_t expected = expected_stream(order, trial, accesses);
  if (expected == *arrival.checksum) return {};
  return fmt::format("what arrived has the checksum {:016x}, expected {:016x}", *arrival.checksum, expected);
}

}  // namespace faultlab::run
