// Engines that read the dataset through a mapping of its file.
#pragma once

#include <fcntl.h>

#include <string>
#include <utility>

#include "engine/buffer.hpp"
#include "engine/consume.hpp"
#include "engine/dispatch.hpp"
#include "engine/policy.hpp"
#include "os/fd.hpp"
#include "os/mapping.hpp"

namespace faultlab::engine {

template <Consume kConsume, bool kOnePage, Latency kLatency>
class MappedAccessor final : public Accessor {
 public:
  // `mapping` outlives the accessor; it may be made after it, but before the first batch.
  MappedAccessor(const os::Mapping& mapping, const AccessSetup& setup, os::Mapping copy)
      : mapping_(mapping), stop_(stop_flag(setup)), block_(setup.block.value), copy_(std::move(copy)) {}

  BatchResult run(std::span<const std::uint64_t> offsets) noexcept override {
    const std::byte* base = mapping_.data();
    const std::size_t block = kOnePage ? kPage.value : block_;
    std::byte* copy = copy_.data();
    return each_access<kLatency>(
        offsets, stop_, mapping_.bytes(), recorder_, [=](std::uint64_t offset, std::uint64_t& sum) {
          sum += consume<kConsume>(base + linked<kConsume>(offset, sum), block, copy);
          return 0;
        });
  }

 private:
  const os::Mapping& mapping_;
  const std::atomic<std::uint32_t>& stop_;
  std::size_t block_;
  os::Mapping copy_;  // held only for Consume::copy
};

// A worker that consumes blocks of `mapping` in place, or from a copy.
inline Result<std::unique_ptr<Accessor>> mapped_worker(const os::Mapping& mapping, const AccessSetup& setup) {
  auto copy = copy_buffer(setup);
  if (!copy) return propagate(std::move(copy));
  return with_loops(setup, [&](auto consume, auto one_page, auto latency) {
    return std::make_unique<MappedAccessor<consume(), one_page(), latency()>>(mapping, setup,
                                                                              std::move(*copy));
  });
}

// mmap(2) in prepare, with the flags that tell the engines apart; policies that do I/O in begin.
class MappedFile final : public Engine {
 public:
  explicit MappedFile(int flags, int protection = PROT_READ) : flags_(flags), protection_(protection) {}

  Result<> prepare(const AccessSetup& setup) override {
    setup_ = setup;
    // mmap(2): a shared mapping that may be written to needs a descriptor that may be, too.
    const bool writes_file = flags_ == MAP_SHARED && (protection_ & PROT_WRITE) != 0;
    auto fd = os::open_fd(setup.path, writes_file ? O_RDWR : O_RDONLY);
    if (!fd) return propagate(std::move(fd));
    auto mapping = os::Mapping::of_file(*fd, setup.size, protection_, flags_);
    if (!mapping) return propagate(std::move(mapping), setup.path);
    mapping_ = std::move(*mapping);
    return does_io(setup.advice) ? Result<>() : advise(mapping_, setup.advice);
  }

  Result<> begin() override { return does_io(setup_.advice) ? advise(mapping_, setup_.advice) : Result<>(); }

  Result<std::unique_ptr<Accessor>> worker(unsigned) override { return mapped_worker(mapping_, setup_); }
  std::span<std::byte> memory() const noexcept override { return mapping_.bytes(); }
  const os::Mapping& mapping() const { return mapping_; }

 private:
  int flags_;
  int protection_;
  AccessSetup setup_;
  os::Mapping mapping_;
};

}  // namespace faultlab::engine
