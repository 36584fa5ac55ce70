// Engines that copy blocks out of the page cache with a system call per access.
#pragma once

#include <unistd.h>

#include <cerrno>
#include <utility>

#include "engine/buffer.hpp"
#include "engine/consume.hpp"
#include "engine/dispatch.hpp"

namespace faultlab::engine {

// A short read is an error: the dataset has no partial blocks.
inline int error_of_read(ssize_t got, std::size_t wanted) {
  if (got == static_cast<ssize_t>(wanted)) [[likely]]
    return 0;
  return got < 0 ? errno : EIO;
}

// pread(2) at each offset.
class PositionedRead {
 public:
  explicit PositionedRead(int fd) : fd_(fd) {}

  int operator()(std::byte* into, std::size_t size, std::uint64_t offset, Account&) const {
    return error_of_read(::pread(fd_, into, size, static_cast<off_t>(offset)), size);
  }

 private:
  int fd_;
};

// read(2), after lseek(2) where the last read did not end at the offset: neighbours cost one call.
class SeekingRead {
 public:
  explicit SeekingRead(int fd) : fd_(fd) {}

  int operator()(std::byte* into, std::size_t size, std::uint64_t offset, Account&) {
    if (offset != position_ && ::lseek(fd_, static_cast<off_t>(offset), SEEK_SET) < 0) return errno;
    const int error = error_of_read(::read(fd_, into, size), size);
    position_ = error == 0 ? offset + size : kUnknown;
    return error;
  }

 private:
  static constexpr std::uint64_t kUnknown = ~std::uint64_t{0};

  int fd_;
  std::uint64_t position_ = kUnknown;
};

// The read is the copy: Consume::copy does what Consume::touch does, and moves each byte once. A call waits
// for the words of the one before in any case.
template <class Read, Consume kConsume, bool kOnePage, Latency kLatency>
class DescriptorAccessor final : public Accessor {
 public:
  DescriptorAccessor(Read read, const AccessSetup& setup, os::Mapping buffer)
      : read_(read), stop_(stop_flag(setup)), buffer_(std::move(buffer)) {}

  void begin_session(std::uint64_t) override { account_ = {}; }
  Account account() const override { return account_; }

  BatchResult run(std::span<const std::uint64_t> offsets) noexcept override {
    std::byte* const buffer = buffer_.data();
    const std::size_t block = kOnePage ? kPage.value : buffer_.size();
    return each_access<kLatency>(
        offsets, stop_, {}, recorder_, [=, this](std::uint64_t offset, std::uint64_t& sum) {
          const std::uint64_t at = linked<kConsume>(offset, sum);
          if (const int error = read_(buffer, block, at, account_); error != 0) return error;
          sum += kConsume == Consume::sum ? sum_words(buffer, block) : touch_pages(buffer, block);
          return 0;
        });
  }

 private:
  Read read_;
  Account account_;
  const std::atomic<std::uint32_t>& stop_;
  os::Mapping buffer_;  // of one block
};

template <class Read>
Result<std::unique_ptr<Accessor>> descriptor_worker(Read read, const AccessSetup& setup) {
  auto buffer = touched_buffer(setup.block);
  if (!buffer) return propagate(std::move(buffer));
  return with_loops(setup, [&](auto consume, auto one_page, auto latency) {
    return std::make_unique<DescriptorAccessor<Read, consume(), one_page(), latency()>>(read, setup,
                                                                                        std::move(*buffer));
  });
}

}  // namespace faultlab::engine
