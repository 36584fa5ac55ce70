// The engine `buffer_pool`: what databases do instead of mapping a file. A pool of fixed size in the
// process's own memory, filled past the page cache.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "engine/descriptor.hpp"
#include "engine/frame_pool.hpp"
#include "engine/reading_file.hpp"
#include "os/file.hpp"

namespace faultlab {
namespace {

constexpr std::uint64_t kFramesPerWorker = 4;
constexpr Bytes kFillRead{1 << 20};

constexpr OptionSpec kBufferPoolOptions[] = {{.name = "memory",
                                              .type = OptionType::size,
                                              .fallback = "50% of dataset",
                                              .meaning = "What the pool holds, in frames of a block each; at "
                                                         "most the dataset. It is memory of the trial's, and "
                                                         "counts against its limits.",
                                              .minimum = 4096}};

template <Consume kConsume, bool kOnePage, Latency kLatency>
class PooledAccessor final : public Accessor {
 public:
  // `pool` outlives the accessor.
  PooledAccessor(engine::FramePool& pool, int file, const AccessSetup& setup, os::Mapping copy)
      : pool_(pool),
        file_(file),
        stop_(engine::stop_flag(setup)),
        block_(setup.block.value),
        copy_(std::move(copy)) {}

  void begin_session(std::uint64_t) override { account_ = {}; }
  Account account() const override { return account_; }

  BatchResult run(std::span<const std::uint64_t> offsets) noexcept override {
    const std::size_t block = kOnePage ? kPage.value : block_;
    return engine::each_access<kLatency>(
        offsets, stop_, {}, recorder_, [=, this](std::uint64_t offset, std::uint64_t& sum) {
          bool hit = false;
          const std::uint64_t at = engine::linked<kConsume>(offset, sum);
          const int error = pool_.with(
              at / block, hit,
              [&](std::byte* frame) { return engine::PositionedRead(file_)(frame, block, at, account_); },
              [&](const std::byte* frame) { sum += engine::consume<kConsume>(frame, block, copy_.data()); });
          ++(hit ? account_.hits : account_.misses);
          return error;
        });
  }

 private:
  engine::FramePool& pool_;
  int file_;
  const std::atomic<std::uint32_t>& stop_;
  std::size_t block_;
  os::Mapping copy_;  // held only for Consume::copy
  Account account_;
};

class BufferPool final : public engine::OpenedFile {
 public:
  BufferPool() : OpenedFile(O_RDONLY | O_DIRECT) {}

  Result<> prepare(const AccessSetup& setup) override {
    if (auto opened = OpenedFile::prepare(setup); !opened) return opened;
    const std::uint64_t frames =
        std::min(setup.options.bytes("memory").value, setup.size.value) / setup.block.value;
    if (frames < kFramesPerWorker * setup.threads) {
      return fail(fmt::format("a pool of {} frames of {} bytes is too small for {} threads", frames,
                              setup.block.value, setup.threads),
                  fmt::format("give it memory for at least {}", kFramesPerWorker * setup.threads));
    }
    auto memory = engine::touched_buffer(setup.block * frames);
    if (!memory) return propagate(std::move(memory), "the pool");
    pool_.emplace(std::move(*memory), setup.block.value);
    return {};
  }

  // The first blocks, by reads of more than a block: one at a time would take seconds.
  Result<> fill() override {
    const std::uint64_t block = setup().block.value;
    const std::uint64_t whole = pool_->frames() * block;
    auto buffer = engine::touched_buffer(Bytes(std::max(block, kFillRead.value / block * block)));
    if (!buffer) return propagate(std::move(buffer));
    for (std::uint64_t at = 0; at < whole; at += buffer->size()) {
      const std::size_t size = std::min<std::uint64_t>(buffer->size(), whole - at);
      if (auto read = os::read_at(file(), buffer->data(), size, at, setup().path); !read) return read;
      for (std::uint64_t from = 0; from < size; from += block) {
        bool hit = false;
        const auto load = [&](std::byte* frame) {
          std::memcpy(frame, buffer->data() + from, block);
          return 0;
        };
        pool_->with((at + from) / block, hit, load, [](const std::byte*) {});
      }
    }
    return {};
  }

  Result<std::unique_ptr<Accessor>> worker(unsigned) override {
    auto copy = engine::copy_buffer(setup());
    if (!copy) return propagate(std::move(copy));
    return engine::with_loops(setup(), [&](auto consume, auto one_page, auto latency) {
      return std::make_unique<PooledAccessor<consume(), one_page(), latency()>>(*pool_, file().get(), setup(),
                                                                                std::move(*copy));
    });
  }

 private:
  std::optional<engine::FramePool> pool_;
};

}  // namespace

extern const EngineSpec buffer_pool_engine;
constinit const EngineSpec buffer_pool_engine = {
    .row = {.name = "buffer_pool",
            .summary =
                "a page cache of the program's own, of fixed size: blocks read by pread(2) with O_DIRECT, "
                "found by optimistic lookups, given up by a clock",
            .options = kBufferPoolOptions},
    .shape = Shape::access,
    .advices = engine::kNormalOnly,
    .uses_dataset = true,
    .make = []() -> std::unique_ptr<Engine> { return std::make_unique<BufferPool>(); },
    .faults = {.mapped = false},
    .kernel_work = KernelWork::calls,
    .kept = Kept::by_engine,
    .accounts = Accounts::lookups};

}  // namespace faultlab
