// The keeper of the ledger.
#include "probe/ledger_keeper.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <numeric>
#include <utility>

#include "measure/clock.hpp"

namespace faultlab {
namespace {

// How often the rings are emptied. The smallest of them holds several times what a CPU can add in that
// time when it reads from a fast device.
constexpr auto kEvery = std::chrono::milliseconds(10);

// An event is entered once it is this old: an older one of another CPU may still be on its way into
// its ring, and a page's removal must not be entered before its addition.
constexpr std::uint64_t kSettleNs = 20'000'000;

// The tracepoints fire a moment before (removal) or after (addition) the page cache changes: a look
// that leaves this much time on either side sees no change half-made.
constexpr auto kMargin = std::chrono::microseconds(100);
constexpr auto kBetweenLooks = std::chrono::milliseconds(2);
constexpr int kLooks = 250;

}  // namespace

Result<std::vector<std::uint64_t>> look_while_still(
    const PageCacheEvents& events, std::mutex& hold, const std::function<Result<>()>& look,
    const std::function<void(std::vector<std::uint64_t>)>& then) {
  for (int attempt = 0; attempt < kLooks; ++attempt) {
    {
      const std::lock_guard lock(hold);
      const auto before = events.counts();
      if (!before) return Failure(before.error());
      std::this_thread::sleep_for(kMargin);
      if (auto looked = look(); !looked) return propagate(std::move(looked));
      std::this_thread::sleep_for(kMargin);
      auto after = events.counts();
      if (!after) return propagate(std::move(after));
      if (*before == *after) {
        then(*after);
        return after;
      }
    }
    std::this_thread::sleep_for(kBetweenLooks);
  }
  return fail("pages of the file kept coming and going while they were counted",
              "end what else reads the file, or stop the background reclaimer "
              "(docs/setup.md#background-reclaim)");
}

LedgerKeeper::LedgerKeeper(PageCacheEvents events, std::vector<std::uint64_t> begin, Ledger ledger,
                           PageMovers movers, std::optional<EvictionFile> file)
    : events_(std::move(events)),
      begin_(std::move(begin)),
      ledger_(std::move(ledger)),
      movers_(std::move(movers)),
      file_(std::move(file)),
      thread_([this] { keep(); }) {}

LedgerKeeper::~LedgerKeeper() { stop_thread(); }

void LedgerKeeper::keep() {
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, kEvery, [&] { return stopping_; })) {
    const std::uint64_t now = now_ns();
    events_.drain(pending_);
    settle(now - kSettleNs);
  }
}

void LedgerKeeper::stop_thread() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

LedgerTotals LedgerKeeper::totals() const {
  const std::lock_guard lock(mutex_);
  return ledger_.totals();
}

Result<> LedgerKeeper::finish(const std::function<Result<>()>& look, std::uint64_t window_begin_ns) {
  auto still = look_while_still(events_, mutex_, look,
                                [&](std::vector<std::uint64_t> counts) { end_ = std::move(counts); });
  stop_thread();
  if (!still) return propagate(std::move(still));
  if (auto stopped = events_.stop(); !stopped) return stopped;
  events_.drain(pending_);
  settle(std::numeric_limits<std::uint64_t>::max());
  const auto lost = events_.lost();
  if (!lost) return Failure(lost.error());
  lost_ = *lost;
  const auto counts = events_.counts();
  if (!counts) return Failure(counts.error());
  counted_ = std::accumulate(counts->begin(), counts->end(), std::uint64_t{0});
  if (!file_) return {};
  if (auto closed = file_->finish(window_begin_ns); !closed) file_note_ = closed.error().what;
  if (file_->dropped() != 0) {
    file_note_ = fmt::format("the eviction file holds the first {} of {} events: it is bounded",
                             file_->written(), file_->written() + file_->dropped());
  }
  return {};
}

void LedgerKeeper::settle(std::uint64_t until_ns) {
  std::stable_sort(pending_.begin(), pending_.end(),
                   [](const PageCacheEvent& a, const PageCacheEvent& b) { return a.time_ns < b.time_ns; });
  const auto settled =
      std::partition_point(pending_.begin(), pending_.end(),
                           [&](const PageCacheEvent& event) { return event.time_ns <= until_ns; });
  std::for_each(pending_.begin(), settled, [&](const PageCacheEvent& event) { enter(event); });
  pending_.erase(pending_.begin(), settled);
}

bool LedgerKeeper::in_window(const PageCacheEvent& event) const {
  return event.number >= begin_[event.ring] && (!end_ || event.number < (*end_)[event.ring]);
}

void LedgerKeeper::enter(const PageCacheEvent& event) {
  if (event.kind == PageCacheEvent::Kind::fork) {
    movers_.forked(event.parent, event.process);
    return;
  }
  if (!in_window(event)) return;
  const auto& who = movers_.who(event.process);
  const bool adds = event.kind == PageCacheEvent::Kind::add;
  const LedgerEvent entry{event.time_ns,
                          PageIndex(event.page),
                          PageCount(std::uint64_t{1} << event.order),
                          adds ? LedgerEvent::Kind::add : LedgerEvent::Kind::removal,
                          who.mover,
                          event.cpu};
  ledger_.enter(entry);
  if (!adds) takers_[static_cast<std::size_t>(who.mover)][who.name] += entry.pages.value;
  if (!file_ || !file_note_.empty()) return;
  if (auto appended = file_->append(entry); !appended) file_note_ = appended.error().what;
}

std::string LedgerKeeper::takers(Mover mover) const {
  std::string all;
  for (const auto& [name, pages] : takers_[static_cast<std::size_t>(mover)]) {
    all += fmt::format("{}{} {}", all.empty() ? "" : ", ", name, pages);
  }
  return all;
}

}  // namespace faultlab
