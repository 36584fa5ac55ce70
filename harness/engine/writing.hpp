// Engines that store into the memory they reach, before they consume it.
#pragma once

#include <utility>

#include "base/random.hpp"
#include "dataset/content.hpp"
#include "engine/mapped.hpp"

namespace faultlab::engine {

inline constexpr unsigned kAllAccesses = 100;  // per cent

// How much of a block is stored; always the words that the dataset holds there anyway.
enum class Stored { first_words, every_word };

// Which accesses of a worker store: a share of them, drawn by their number in the session, so that no order
// keeps step with it and the same seed gives the same stores. A draw of its own for each access, and not for
// each block: a block that is loaded from once and stored into another time is what mixed work is made of.
class StoreDraw {
 public:
  StoreDraw(unsigned percent, unsigned worker) : bound_(kHundredth * percent), worker_(worker) { begin(0); }

  void begin(std::uint64_t seed) {
    seed_ = derive_seed(seed, "writes", worker_);
    index_ = 0;
  }
  bool next() { return mix64(seed_ + index_++) < bound_; }

 private:
  static constexpr std::uint64_t kHundredth = UINT64_MAX / 100;

  std::uint64_t bound_;
  unsigned worker_;
  std::uint64_t seed_ = 0;
  std::uint64_t index_ = 0;
};

// Whether the accesses of a loop all store, or those that a draw names.
enum class Share { all, some };

// Stores what the dataset holds, then consumes it. The store comes first and reads nothing, so that a
// page has one fault, the write's, and the checksum is the one that a file gives. An access that only loads
// finds the same content, since whatever was stored was there before, or was stored by everybody (a cold
// start of memory without a file).
template <Consume kConsume, Stored kStored, Share kShare, Latency kLatency>
class WritingAccessor final : public Accessor {
 public:
  // `memory` outlives the accessor.
  WritingAccessor(const os::Mapping& memory, const AccessSetup& setup, StoreDraw draw, os::Mapping copy)
      : memory_(memory),
        stop_(stop_flag(setup)),
        block_(setup.block.value),
        content_(setup.content),
        draw_(draw),
        copy_(std::move(copy)) {}

  void begin_session(std::uint64_t seed) override { draw_.begin(seed); }

  BatchResult run(std::span<const std::uint64_t> offsets) noexcept override {
    if constexpr (kLatency != Latency::off) recorder_->expect_stores(true);
    std::uint64_t stores = 0;
    BatchResult result = each_access<kLatency>(offsets, stop_, memory_.bytes(), recorder_,
                                               [this, &stores](std::uint64_t offset, std::uint64_t& sum) {
                                                 std::byte* const at =
                                                     memory_.data() + linked<kConsume>(offset, sum);
                                                 if (stores_now()) {
                                                   store(at, offset);
                                                   ++stores;
                                                 }
                                                 sum += consume<kConsume>(at, block_, copy_.data());
                                                 return 0;
                                               });
    result.stores = stores;
    return result;
  }

 private:
  bool stores_now() {
    if constexpr (kShare == Share::all) return true;
    const bool stores = draw_.next();
    if constexpr (kLatency != Latency::off) recorder_->expect_stores(stores);
    return stores;
  }

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
  StoreDraw draw_;    // asked only for Share::some
  os::Mapping copy_;  // held only for Consume::copy
};

template <Stored kStored, Share kShare>
Result<std::unique_ptr<Accessor>> storing_worker(const os::Mapping& memory, const AccessSetup& setup,
                                                 StoreDraw draw) {
  auto copy = copy_buffer(setup);
  if (!copy) return propagate(std::move(copy));
  return with_loops(setup, [&](auto consume, auto, auto latency) -> std::unique_ptr<Accessor> {
    return std::make_unique<WritingAccessor<consume(), kStored, kShare, latency()>>(memory, setup, draw,
                                                                                    std::move(*copy));
  });
}

// What a worker of a writing engine does.
struct Writing {
  unsigned percent;  // of its accesses store
  Stored stored;
};

inline Result<std::unique_ptr<Accessor>> writing_worker(const os::Mapping& memory, const AccessSetup& setup,
                                                        unsigned worker, Writing writing) {
  const StoreDraw draw(writing.percent, worker);
  const bool whole = writing.stored == Stored::every_word;
  if (writing.percent == 0) return mapped_worker(memory, setup);
  if (writing.percent == kAllAccesses) {
    return whole ? storing_worker<Stored::every_word, Share::all>(memory, setup, draw)
                 : storing_worker<Stored::first_words, Share::all>(memory, setup, draw);
  }
  return whole ? storing_worker<Stored::every_word, Share::some>(memory, setup, draw)
               : storing_worker<Stored::first_words, Share::some>(memory, setup, draw);
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
  const os::Mapping& mapping() const { return file_.mapping(); }
  // The first word of a page is enough: the file holds the others.
  Result<std::unique_ptr<Accessor>> worker(unsigned index) override {
    return storing(index, Stored::first_words);
  }
  Result<std::unique_ptr<Accessor>> storing(unsigned index, Stored stored) {
    return writing_worker(file_.mapping(), setup_, index, {setup_.writes.value_or(kAllAccesses), stored});
  }
  std::span<std::byte> memory() const noexcept override { return file_.memory(); }

 private:
  AccessSetup setup_;
  MappedFile file_;
};

}  // namespace faultlab::engine
