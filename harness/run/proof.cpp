// From an order and the dataset's generator to what must have been seen.
#include "run/proof.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <array>

#include "dataset/content.hpp"
#include "measure/stream_sum.hpp"
#include "os/file.hpp"
#include "os/mapping.hpp"

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

std::string wrong_on_file(Order& order, const config::Trial& trial, std::uint64_t accesses,
                          const std::string& path) {
  constexpr std::uint64_t kPlaces = 1000;  // evenly over the session: enough to see, few enough to wait for
  auto fd = os::open_fd(path, O_RDONLY);
  auto block = os::Mapping::anonymous(trial.workload.block);
  if (!fd) return fd.error().what;
  if (!block) return block.error().what;
  const std::uint64_t every = accesses / kPlaces + 1;
  std::uint64_t index = 0;
  std::string wrong;
  each_offset(order, accesses, [&](std::uint64_t offset) {
    if (index++ % every != 0 || !wrong.empty()) return;
    if (auto read = os::read_at(*fd, block->data(), block->size(), offset, path); !read) {
      wrong = read.error().what;
      return;
    }
    std::uint64_t found = 0;
    const auto* words = reinterpret_cast<const std::uint64_t*>(block->data());
    for (std::size_t i = 0; i < block->size() / sizeof(std::uint64_t); ++i) found += words[i];
    const std::uint64_t expected =
        expected_checksum(trial.dataset.spec(), offset, trial.workload.block, true);
    if (found != expected) {
      wrong = fmt::format(
          "the block at byte {} of the file has the checksum {:016x} after it was written, expected "
          "{:016x}",
          offset, found, expected);
    }
  });
  return wrong;
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
