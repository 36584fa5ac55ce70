// The other way to the same bytes: read calls of a file that is in memory, and of one that is not.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/uio.h>
#include <unistd.h>

#include <vector>

#include "engine/consume.hpp"
#include "os/anon_region.hpp"
#include "os/file.hpp"
#include "os/uring.hpp"
#include "scenario/file_touch.hpp"
#include "scenario/shuffle.hpp"
#include "scenario/task_reads.hpp"

namespace faultlab {
namespace {

using scenario::exactly;
using scenario::Fill;

enum class Way { pread, nowait, uring };

struct ReadPlan {
  std::uint64_t block = 1;  // in pages
  Way way = Way::pread;
  bool random = false;
  bool cold = false;
  int advice = POSIX_FADV_RANDOM;  // of a cold file: without read-ahead, or with it
  unsigned batch = 1;
};

// Reads each block of a file, into the same buffer; sums the blocks' first words.
class Reads : public Scenario {
 public:
  explicit Reads(const ReadPlan& plan) : plan_(plan) {}

  Result<> prepare(const Ground& ground) override {
    Ground smaller = ground;
    if (alone()) smaller.pages /= kColdPart;
    auto file = scenario::FileGround::make(smaller, Fill::single_pages);
    if (!file) return propagate(std::move(file));
    file_ = std::move(*file);
    if (auto buffered = make_buffer(); !buffered) return buffered;
    draw_order();
    if (plan_.way == Way::uring) {
      auto ring = os::Uring::make(plan_.batch);
      if (!ring) return propagate(std::move(ring));
      ring_.emplace(std::move(*ring));
    }
    if (!plan_.cold) {
      if (auto kept = file_.keep(); !kept) return kept;
      return read_passes(kRehearsals);
    }
    if (auto advised = os::advise_file(file_.fd(), plan_.advice, "the scenario's file"); !advised)
      return advised;
    return file_.drop();
  }

  Result<Forecast> forecast() override {
    device_.begin();
    Forecast forecast;
    forecast.rule = "a read into touched memory faults at nothing, wherever the page comes from";
    return forecast;
  }

  Result<> act() noexcept override { return read_passes(passes()); }
  std::uint64_t events() const override { return offsets_.size() * passes(); }
  std::uint64_t event_pages() const override { return plan_.block; }

  std::string verify() override {
    if (sum_ != file_.expected_sum(plan_.block))
      return fmt::format("the reads summed to {:#x}, not to {:#x}", sum_, file_.expected_sum(plan_.block));
    return alone() ? device_.complaint(file_.pages()) : std::string();
  }

 private:
  static constexpr std::uint64_t kColdPart = 4;
  // A page's first read marks it, the second moves it to the active list (mm/swap.c, folio_mark_accessed):
  // what is priced is every later one.
  static constexpr unsigned kRehearsals = 2;
  static constexpr unsigned kWarmPasses = 16;

  Result<> make_buffer() {
    const std::uint64_t pages = plan_.block * plan_.batch;
    auto buffer = os::AnonRegion::reserve(PageCount(pages));
    if (!buffer) return propagate(std::move(buffer));
    buffer_ = std::move(*buffer);
    if (auto mapped = buffer_.map(0, pages, PROT_READ | PROT_WRITE); !mapped) return mapped;
    std::fill_n(buffer_.at(), pages * kPage.value, std::byte{0});
    return {};
  }

  void draw_order() {
    const std::uint64_t blocks = file_.pages() / plan_.block;
    offsets_ = plan_.random ? scenario::shuffled(blocks) : scenario::in_order(blocks);
    for (std::uint64_t& offset : offsets_) offset *= block_size();
  }

  // Each call waits for the device by itself.
  bool alone() const { return plan_.cold && plan_.advice == POSIX_FADV_RANDOM; }
  unsigned passes() const { return plan_.cold ? 1 : kWarmPasses; }
  std::size_t block_size() const { return plan_.block * kPage.value; }

  Result<> read_passes(unsigned passes) {
    for (unsigned i = 0; i < passes; ++i) {
      if (auto got = read_all(); !got) return got;
    }
    return {};
  }

  Result<> read_all() {
    sum_ = 0;
    for (std::size_t i = 0; i + plan_.batch <= offsets_.size(); i += plan_.batch) {
      const std::span some(offsets_.data() + i, plan_.batch);
      if (auto got = read(some); !got) return got;
      for (unsigned b = 0; b < plan_.batch; ++b) sum_ += engine::word_at(buffer_.at(b * plan_.block));
    }
    return {};
  }

  Result<> read(std::span<const std::uint64_t> offsets) {
    if (plan_.way == Way::uring) return ring_->read(file_.fd(), offsets, block_size(), buffer_.at());
    const auto at = static_cast<off_t>(offsets.front());
    iovec into{buffer_.at(), block_size()};
    const ssize_t got = plan_.way == Way::pread ? ::pread(file_.fd().get(), into.iov_base, into.iov_len, at)
                                                : ::preadv2(file_.fd().get(), &into, 1, at, RWF_NOWAIT);
    if (got == static_cast<ssize_t>(block_size())) return {};
    return got < 0 ? os::os_failure("read the scenario's file") : fail("read less than was asked for");
  }

  ReadPlan plan_;
  scenario::FileGround file_;
  os::AnonRegion buffer_;
  std::vector<std::uint64_t> offsets_;
  std::optional<os::Uring> ring_;
  scenario::TaskReads device_;
  std::uint64_t sum_ = 0;
};

constexpr std::uint64_t kBlock16K = 4, kBlock64K = 16, kBlock256K = 64, kBlock1M = 256;
constexpr unsigned kDeep = 32;

template <ReadPlan kPlan>
std::unique_ptr<Scenario> make_reads() {
  return std::make_unique<Reads>(kPlan);
}

}  // namespace

extern const ScenarioSpec read_warm_4k_scenario, read_warm_16k_scenario, read_warm_64k_scenario,
    read_warm_256k_scenario, read_warm_1m_scenario, read_warm_4k_random_scenario, read_nowait_4k_scenario,
    read_uring_4k_scenario, read_uring_4k_batch_scenario, read_cold_4k_scenario,
    read_cold_4k_in_order_scenario, read_cold_4k_ahead_scenario, read_cold_4k_sequential_scenario;

const ScenarioSpec read_warm_4k_scenario{
    {"read_warm_4k", "pread of a file in memory, 4 KiB a call"}, true, make_reads<ReadPlan{}>};
const ScenarioSpec read_warm_16k_scenario{{"read_warm_16k", "pread of a file in memory, 16 KiB a call"},
                                          true,
                                          make_reads<ReadPlan{.block = kBlock16K}>};
const ScenarioSpec read_warm_64k_scenario{{"read_warm_64k", "pread of a file in memory, 64 KiB a call"},
                                          true,
                                          make_reads<ReadPlan{.block = kBlock64K}>};
const ScenarioSpec read_warm_256k_scenario{{"read_warm_256k", "pread of a file in memory, 256 KiB a call"},
                                           true,
                                           make_reads<ReadPlan{.block = kBlock256K}>};
const ScenarioSpec read_warm_1m_scenario{{"read_warm_1m", "pread of a file in memory, 1 MiB a call"},
                                         true,
                                         make_reads<ReadPlan{.block = kBlock1M}>};
const ScenarioSpec read_warm_4k_random_scenario{
    {"read_warm_4k_random", "the same as read_warm_4k in random order"},
    true,
    make_reads<ReadPlan{.random = true}>};
const ScenarioSpec read_nowait_4k_scenario{
    {"read_nowait_4k", "preadv2 with RWF_NOWAIT of a file in memory, 4 KiB"},
    true,
    make_reads<ReadPlan{.way = Way::nowait}>};
const ScenarioSpec read_uring_4k_scenario{
    {"read_uring_4k", "io_uring reads of a file in memory, 4 KiB, one at a time"},
    true,
    make_reads<ReadPlan{.way = Way::uring}>};
const ScenarioSpec read_uring_4k_batch_scenario{
    {"read_uring_4k_batch", "io_uring reads of a file in memory, 4 KiB, 32 a call"},
    true,
    make_reads<ReadPlan{.way = Way::uring, .batch = kDeep}>};
const ScenarioSpec read_cold_4k_scenario{
    {"read_cold_4k",
     "pread in random order of a file that is not in memory, POSIX_FADV_RANDOM: the device each time"},
    true,
    make_reads<ReadPlan{.random = true, .cold = true}>};
const ScenarioSpec read_cold_4k_ahead_scenario{
    {"read_cold_4k_ahead", "pread in order of a file that is not in memory, with read-ahead"},
    true,
    make_reads<ReadPlan{.cold = true, .advice = POSIX_FADV_NORMAL}>};
const ScenarioSpec read_cold_4k_sequential_scenario{
    {"read_cold_4k_sequential", "the same with POSIX_FADV_SEQUENTIAL"},
    true,
    make_reads<ReadPlan{.cold = true, .advice = POSIX_FADV_SEQUENTIAL}>};
const ScenarioSpec read_cold_4k_in_order_scenario{
    {"read_cold_4k_in_order", "the same in order, as POSIX_FADV_RANDOM forbids to see"},
    true,
    make_reads<ReadPlan{.cold = true}>};

}  // namespace faultlab
