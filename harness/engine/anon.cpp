// The engine `anon`: private memory of the dataset's size, with no file behind it.
#include <cerrno>

#include "dataset/content.hpp"
#include "engine/mapped.hpp"

namespace faultlab {
namespace {

// Writes what the dataset would hold, then consumes it: the first access to a page is the write
// fault that gives it memory, and the checksum is the one that a file would give.
template <Consume kConsume>
class FirstWriteAccessor final : public Accessor {
 public:
  FirstWriteAccessor(const os::Mapping& memory, const AccessSetup& setup, os::Mapping copy)
      : memory_(memory),
        stop_(engine::stop_flag(setup)),
        block_(setup.block.value),
        seed_(setup.content_seed),
        copy_(std::move(copy)) {}

  BatchResult run(std::span<const std::uint64_t> offsets) noexcept override {
    return engine::each_access(offsets, stop_, [this](std::uint64_t offset, std::uint64_t& sum) {
      std::byte* const at = memory_.data() + offset;
      write(at, offset);
      sum += engine::consume<kConsume>(at, block_, copy_.data());
      return 0;
    });
  }

 private:
  // Touch consumes one word of a page, so one word is written. Workers whose orders overlap may
  // write a block at the same time; they write the same words.
  void write(std::byte* at, std::uint64_t offset) const {
    if constexpr (kConsume == Consume::touch) {
      for (std::size_t i = 0; i < block_; i += kPage.value) {
        *reinterpret_cast<std::uint64_t*>(at + i) = PageContent(seed_, page_of(Bytes(offset + i))).word(0);
      }
    } else {
      fill_content(seed_, offset, {at, block_});
    }
  }

  const os::Mapping& memory_;
  const std::atomic<std::uint32_t>& stop_;
  std::size_t block_;
  std::uint64_t seed_;
  os::Mapping copy_;  // held only for Consume::copy
};

Result<os::Mapping> small_page_memory(Bytes size) {
  auto memory = os::Mapping::anonymous(bytes_of(pages_ceil(size)));
  if (!memory) return propagate(std::move(memory));
  // madvise(2): EINVAL from a kernel without transparent huge pages, where pages are small anyway.
  if (auto advised = memory->advise(MADV_NOHUGEPAGE); !advised && advised.error().code != EINVAL) {
    return propagate(std::move(advised));
  }
  return memory;
}

class AnonEngine final : public Engine {
 public:
  Result<> prepare(const AccessSetup& setup) override {
    setup_ = setup;
    auto memory = small_page_memory(setup.size);
    if (!memory) return propagate(std::move(memory));
    memory_ = std::move(*memory);
    if (setup.start != Start::cold) fill_content(setup.content_seed, 0, memory_.bytes());
    return {};
  }

  Result<std::unique_ptr<Accessor>> worker(unsigned) override {
    if (setup_.start != Start::cold) return engine::mapped_worker(memory_, setup_);
    auto copy = engine::copy_buffer(setup_);
    if (!copy) return propagate(std::move(copy));
    return engine::with_loops(setup_, [&](auto consume, auto) {
      return std::make_unique<FirstWriteAccessor<consume()>>(memory_, setup_, std::move(*copy));
    });
  }

 private:
  AccessSetup setup_;
  os::Mapping memory_;
};

}  // namespace

extern const EngineSpec anon_engine;
constinit const EngineSpec anon_engine = {
    .row = {.name = "anon",
            .summary = "anonymous memory in 4 KiB pages (MADV_NOHUGEPAGE), no file: a cold access writes the "
                       "content first, a warm one finds it"},
    .shape = Shape::access,
    .advices = engine::kNormalOnly,
    .uses_dataset = false,
    .make = []() -> std::unique_ptr<Engine> { return std::make_unique<AnonEngine>(); }};

}  // namespace faultlab
