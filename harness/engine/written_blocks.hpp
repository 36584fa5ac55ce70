// Engines that store by a system call per access: pwrite(2) of whole blocks, through the page cache or past
// it.
#pragma once

#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>
#include <utility>

#include "dataset/content.hpp"
#include "engine/descriptor.hpp"
#include "engine/reading_file.hpp"
#include "engine/syncing.hpp"
#include "engine/writing.hpp"

namespace faultlab::engine {

inline constexpr std::array<std::string_view, 2> kFileSyncs = {"none", "sync"};

inline constexpr OptionSpec kWrittenOptions[] = {
    {.name = "sync",
     .type = OptionType::choice,
     .fallback = "none",
     .meaning =
         "How worker 0 has the dataset written back: not at all, or by fdatasync(2), which waits until it is "
         "on the device.",
     .choices = kFileSyncs},
    kSyncEvery};

// An access that stores makes the block in the worker's buffer, as the dataset has it, and writes it; one
// that does not reads it there. Then it is consumed, and so is what was written: the file keeps its content.
template <Consume kConsume, Latency kLatency>
class BlockWriter final : public Accessor {
 public:
  BlockWriter(int file, const AccessSetup& setup, StoreDraw draw, os::Mapping buffer)
      : file_(file),
        stop_(stop_flag(setup)),
        content_(setup.content),
        draw_(draw),
        all_(setup.writes.value_or(kAllAccesses) == kAllAccesses),
        buffer_(std::move(buffer)) {}

  void begin_session(std::uint64_t seed) override { draw_.begin(seed); }

  BatchResult run(std::span<const std::uint64_t> offsets) noexcept override {
    std::uint64_t stores = 0;
    BatchResult result = each_access<kLatency>(
        offsets, stop_, {}, recorder_, [this, &stores](std::uint64_t offset, std::uint64_t& sum) {
          const bool storing = all_ || draw_.next();
          stores += storing;
          if (const int error = storing ? write(offset) : read(offset); error != 0) return error;
          sum += kConsume == Consume::sum ? sum_words(buffer_.data(), buffer_.size())
                                          : touch_pages(buffer_.data(), buffer_.size());
          return 0;
        });
    result.stores = stores;
    return result;
  }

 private:
  int read(std::uint64_t offset) const noexcept {
    return error_of_read(::pread(file_, buffer_.data(), buffer_.size(), static_cast<off_t>(offset)),
                         buffer_.size());
  }

  int write(std::uint64_t offset) const noexcept {
    fill_content(content_, offset, buffer_.bytes());
    for (std::size_t done = 0; done < buffer_.size();) {
      const ssize_t put =
          ::pwrite(file_, buffer_.data() + done, buffer_.size() - done, static_cast<off_t>(offset + done));
      if (put < 0 && errno != EINTR) return errno;
      if (put > 0) done += static_cast<std::size_t>(put);
    }
    return 0;
  }

  int file_;
  const std::atomic<std::uint32_t>& stop_;
  ContentSpec content_;
  StoreDraw draw_;  // asked only where some accesses store and others do not
  bool all_;
  os::Mapping buffer_;  // of one block
};

class WrittenBlocks final : public OpenedFile {
 public:
  using OpenedFile::OpenedFile;

  Result<std::unique_ptr<Accessor>> worker(unsigned index) override {
    auto buffer = touched_buffer(setup().block);
    if (!buffer) return propagate(std::move(buffer));
    const StoreDraw draw(setup().writes.value_or(kAllAccesses), index);
    auto writer = with_loops(setup(), [&](auto consume, auto, auto latency) -> std::unique_ptr<Accessor> {
      return std::make_unique<BlockWriter<consume(), latency()>>(file().get(), setup(), draw,
                                                                 std::move(*buffer));
    });
    if (index != 0 || setup().options.text("sync") == "none") return writer;
    return with_syncs(
        std::move(writer), [fd = file().get()] { return ::fdatasync(fd) == 0 ? 0 : errno; }, setup());
  }
};

}  // namespace faultlab::engine
