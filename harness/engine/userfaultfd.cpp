// The engine `userfaultfd`: a pager in user space. The dataset is reached in place, in anonymous memory whose
// faults a thread of the program's own ends: it reads the block, puts it there, and gives up the oldest one.
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <optional>
#include <thread>
#include <vector>

#include "engine/descriptor.hpp"
#include "engine/mapped.hpp"
#include "os/user_faults.hpp"

namespace faultlab {
namespace {

constexpr OptionSpec kUserfaultfdOptions[] = {{.name = "memory",
                                               .type = OptionType::size,
                                               .fallback = "none",
                                               .meaning =
                                                   "What the pager leaves in memory, in blocks; the oldest "
                                                   "one goes when another comes. \"none\": it gives "
                                                   "up nothing.",
                                               .minimum = 4096,
                                               .none_allowed = true}};

// The thread that ends the faults.
class Pager {
 public:
  // `memory` outlives the pager, which has its faults from now on. `buffer` is of a block.
  Pager(os::UserFaults faults, os::Fd file, std::span<std::byte> memory, os::Mapping buffer,
        std::uint64_t most_blocks)
      : faults_(std::move(faults)),
        file_(std::move(file)),
        memory_(memory),
        buffer_(std::move(buffer)),
        oldest_first_(most_blocks),
        thread_([this] { serve(); }) {}

  ~Pager() {
    over_.store(true);
    thread_.join();
  }

  std::uint64_t served() const { return served_.load(std::memory_order_relaxed); }
  // An errno of the first read that failed, and where it was.
  int error() const { return error_.load(std::memory_order_acquire); }
  std::uint64_t failed_at() const { return failed_at_; }

 private:
  void serve() {
    constexpr int kPatienceMs = 20;
    while (!over_.load(std::memory_order_relaxed)) {
      if (const auto page = faults_.next(kPatienceMs)) answer(*page);
    }
  }

  std::uint64_t begin() const { return reinterpret_cast<std::uintptr_t>(memory_.data()); }

  void answer(std::uint64_t page) {
    const std::uint64_t block = buffer_.size();
    const std::uint64_t offset = (page - begin()) / block * block;
    Account unused;
    if (const int error = engine::PositionedRead(file_.get())(buffer_.data(), block, offset, unused);
        error != 0 && error_.load(std::memory_order_relaxed) == 0) {
      failed_at_ = offset;
      error_.store(error, std::memory_order_release);
    }
    // Counted before the worker goes on, which may be its last access. After an error, too, it must go on,
    // and sees the error.
    served_.fetch_add(1, std::memory_order_relaxed);
    if (faults_.copy_in(begin() + offset, buffer_.data(), block) == 0) {
      keep(offset);
    } else {
      // Another worker's fault has brought the block in meanwhile.
      served_.fetch_sub(1, std::memory_order_relaxed);
      faults_.wake(begin() + offset, block);
    }
  }

  // First in, first out: accesses to what is there are seen by nobody.
  void keep(std::uint64_t offset) {
    if (oldest_first_.empty()) return;
    std::uint64_t& place = oldest_first_[kept_ % oldest_first_.size()];
    if (kept_ >= oldest_first_.size()) {
      [[maybe_unused]] auto given_up = os::advise(memory_.subspan(place, buffer_.size()), MADV_DONTNEED);
    }
    place = offset;
    ++kept_;
  }

  os::UserFaults faults_;
  os::Fd file_;
  std::span<std::byte> memory_;
  os::Mapping buffer_;
  std::vector<std::uint64_t> oldest_first_;  // a ring of the blocks in memory; empty: all stay
  std::uint64_t kept_ = 0;
  std::uint64_t failed_at_ = 0;
  std::atomic<std::uint64_t> served_{0};
  std::atomic<int> error_{0};
  std::atomic<bool> over_{false};
  std::thread thread_;
};

// A mapped worker's accesses, unless the pager has failed.
class PagedAccessor final : public Accessor {
 public:
  // The pager is told of faults only, and of nobody's in particular: what it served is in the first worker's
  // account.
  PagedAccessor(std::unique_ptr<Accessor> inner, const Pager& pager, bool first)
      : inner_(std::move(inner)), pager_(pager), first_(first) {}

  void record_into(LatencyRecorder* recorder) override { inner_->record_into(recorder); }

  void begin_session(std::uint64_t seed) override {
    accesses_ = 0;
    served_before_ = pager_.served();
    inner_->begin_session(seed);
  }

  BatchResult run(std::span<const std::uint64_t> offsets) noexcept override {
    const BatchResult result = inner_->run(offsets);
    if (const int error = pager_.error(); error != 0)
      return {.error = error, .failed_at = pager_.failed_at()};
    accesses_ += result.done;
    return result;
  }

  // The sum over all workers is what counts: hits are accesses for which nobody had to be served.
  Account account() const override {
    const std::uint64_t misses = first_ ? pager_.served() - served_before_ : 0;
    return {.hits = accesses_ - misses, .misses = misses};
  }

 private:
  std::unique_ptr<Accessor> inner_;
  const Pager& pager_;
  bool first_;
  std::uint64_t accesses_ = 0;
  std::uint64_t served_before_ = 0;
};

class PagedFile final : public Engine {
 public:
  Result<> prepare(const AccessSetup& setup) override {
    setup_ = setup;
    auto fd = os::open_fd(setup.path, O_RDONLY | O_DIRECT);
    if (!fd) return propagate(std::move(fd));
    auto faults = os::UserFaults::open(os::UserFaults::Kind::missing);
    if (!faults) return propagate(std::move(faults));
    auto memory = os::Mapping::anonymous_small(setup.size);
    if (!memory) return propagate(std::move(memory));
    memory_ = std::move(*memory);
    auto buffer = engine::touched_buffer(setup.block);
    if (!buffer) return propagate(std::move(buffer));
    if (auto watched = faults->watch(memory_.data(), setup.size.value / kPage.value); !watched)
      return watched;
    auto blocks = blocks_to_keep();
    if (!blocks) return propagate(std::move(blocks));
    pager_ = std::make_unique<Pager>(std::move(*faults), std::move(*fd), memory_.bytes(), std::move(*buffer),
                                     *blocks);
    return {};
  }

  Result<std::unique_ptr<Accessor>> worker(unsigned index) override {
    auto inner = engine::mapped_worker(memory_, setup_);
    if (!inner) return inner;
    return std::make_unique<PagedAccessor>(std::move(*inner), *pager_, index == 0);
  }
  // The first blocks, a fault each.
  Result<> fill() override {
    const std::uint64_t kept = std::min(setup_.options.bytes("memory"), setup_.size).value;
    for (std::uint64_t at = 0; at < kept && pager_->error() == 0; at += setup_.block.value)
      [[maybe_unused]] const std::byte reached = *static_cast<volatile std::byte*>(memory_.data() + at);
    if (pager_->error() != 0) return fail("read the dataset", {}, pager_->error());
    return {};
  }
  std::span<std::byte> memory() const noexcept override { return memory_.bytes(); }

 private:
  // 0: all of them.
  Result<std::uint64_t> blocks_to_keep() const {
    const Bytes kept = setup_.options.bytes("memory");
    if (kept == kNoLimit) return 0;
    const std::uint64_t blocks = std::min(kept, setup_.size).value / setup_.block.value;
    // A block must stay until whoever waited for it has read it, for each worker.
    if (blocks > setup_.threads) return blocks;
    return fail(fmt::format("a pager that keeps {} blocks of {} bytes is too small for {} threads", blocks,
                            setup_.block.value, setup_.threads),
                fmt::format("give it memory for more than {}", setup_.threads));
  }

  AccessSetup setup_;
  os::Mapping memory_;
  std::unique_ptr<Pager> pager_;
};

}  // namespace

extern const EngineSpec userfaultfd_engine;
constinit const EngineSpec userfaultfd_engine = {
    .row =
        {.name = "userfaultfd",
         .summary =
             "a pager in user space: faults of anonymous memory, ended by a thread that reads the block by "
             "pread(2) with O_DIRECT",
         .options = kUserfaultfdOptions},
    .shape = Shape::access,
    .advices = engine::kNormalOnly,
    .uses_dataset = true,
    .make = []() -> std::unique_ptr<Engine> { return std::make_unique<PagedFile>(); },
    .kernel_work = KernelWork::faults,
    .kept = Kept::by_engine,
    .accounts = Accounts::lookups};

}  // namespace faultlab
