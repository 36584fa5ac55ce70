// Engines that store into the memory they reach, before they consume it.
#pragma once

#include <utility>

#include "dataset/content.hpp"
#include "engine/mapped.hpp"

namespace faultlab::engine {

// How much of a block is stored; always the words that the dataset holds there anyway.
enum class Stored { first_words, every_word };

// Stores what the dataset holds, then consumes it. The store comes first and reads nothing, so that a
// page has one fault, the write's, and the checksum is the one that a file gives.
template <Consume kConsume, Stored kStored, Latency kLatency>
class WritingAccessor final : public Accessor {
 public:
  // `memory` outlives the accessor.
  WritingAccessor(const os::Mapping& memory, const AccessSetup& setup, os::Mapping copy)
      : memory_(memory),
        stop_(stop_flag(setup)),
        block_(setup.block.value),
        content_(setup.content),
        copy_(std::move(copy)) {}

  BatchResult run(std::span<const std::uint64_t> offsets) noexcept override {
    return each_access<kLatency>(offsets, stop_, memory_.bytes(), recorder_,
                                 [this](std::uint64_t offset, std::uint64_t& sum) {
                                   std::byte* const at = memory_.data() + offset;
                                   store(at, offset);
                                   sum += consume<kConsume>(at, block_, copy_.data());
                                   return 0;
                                 });
  }

 private:
  // Workers whose orders overlap may store into a block at the same time; they store the same words.
  void store(std::byte* at, std::uint64_t offset) const {
    if constexpr (kStored == Stored::first_words) {
      for (std::size_t i = 0; i < block_; i += kPage.value) {
        *reinterpret_cast<std::uint64_t*>(at + i) = PageContent(content_, page_of(Bytes(offset + i))).word(0);
      }
    } else {
      fill_content(content_, offset, {at, block_});
    }
  }

  const os::Mapping& memory_;
  const std::atomic<std::uint32_t>& stop_;
  std::size_t block_;
  ContentSpec content_;
  os::Mapping copy_;  // held only for Consume::copy
};

// A worker that stores the first word of every page, and all words too where `all_that_is_consumed` and
// the consuming reads them.
inline Result<std::unique_ptr<Accessor>> writing_worker(const os::Mapping& memory, const AccessSetup& setup,
                                                        bool all_that_is_consumed) {
  auto copy = copy_buffer(setup);
  if (!copy) return propagate(std::move(copy));
  return with_loops(setup, [&](auto consume, auto, auto latency) -> std::unique_ptr<Accessor> {
    using Whole = WritingAccessor<consume(), Stored::every_word, latency()>;
    using Words = WritingAccessor<consume(), Stored::first_words, latency()>;
    if (all_that_is_consumed && consume() != Consume::touch) {
      return std::make_unique<Whole>(memory, setup, std::move(*copy));
    }
    return std::make_unique<Words>(memory, setup, std::move(*copy));
  });
}

// A writable mapping of the dataset's file, with the flags that tell private copies from the file itself.
class WrittenFile final : public Engine {
 public:
  explicit WrittenFile(int flags) : file_(flags, PROT_READ | PROT_WRITE) {}

  Result<> prepare(const AccessSetup& setup) override {
    setup_ = setup;
    return file_.prepare(setup);
  }
  Result<> begin() override { return file_.begin(); }
  Result<std::unique_ptr<Accessor>> worker(unsigned) override {
    return writing_worker(file_.mapping(), setup_, false);
  }
  std::span<std::byte> memory() const noexcept override { return file_.memory(); }

 private:
  AccessSetup setup_;
  MappedFile file_;
};

}  // namespace faultlab::engine
