// Probe `page_cache`: the eviction ledger. Every page of the dataset that came into memory or left it,
// from the kernel's own tracepoints, and by whom.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "catalogue/probe_spec.hpp"
#include "dataset/dataset.hpp"
#include "os/file.hpp"
#include "probe/ledger_keeper.hpp"
#include "probe/threads.hpp"

namespace faultlab {
namespace {

// Of all rings together; the kernel locks it.
constexpr Bytes kRings{std::uint64_t{32} << 20};

constexpr const char* kSource = "page_cache";

constexpr Need kPageCacheNeeds[] = {Need::page_cache_tracepoints};

// Pages whose read has not ended are in the page cache, but mincore(2) does not count them yet.
constexpr auto kReadsEnd = std::chrono::milliseconds(5);
constexpr int kReadsEndLooks = 20;

struct Seen {
  std::uint64_t resident = 0;
  std::vector<bool> flags;  // of every page; only where it was asked for
};

class PageCacheProbe final : public Probe {
 public:
  explicit PageCacheProbe(const ProbeTarget& target) : target_(target) {}

  void before() override { note(open()); }
  void after() override { note(close()); }
  void report(Readings& readings) const override;
  void sample(Sample& row) override;

 private:
  Result<> open();
  Result<> close();
  Result<Seen> look(bool at_each_page) const;
  Result<Seen> look_at_each_page() const;
  Result<std::vector<bool>> flags_in_a_row() const;
  std::optional<std::string> why_inexact() const;
  Readings exact_readings(const LedgerTotals& totals) const;
  std::int64_t grown() const {
    return static_cast<std::int64_t>(resident_after_) - static_cast<std::int64_t>(resident_before_);
  }

  void note(Result<> result) {
    if (result || !why_.empty()) return;
    const Error& error = result.error();
    why_ = error.remedy.empty() ? error.what : error.what + "; " + error.remedy;
  }

  ProbeTarget target_;
  std::string why_;  // there is no ledger; empty: there is
  std::vector<os::Fd> files_;
  std::vector<std::uint64_t> first_pages_;  // of the files, in their row
  std::uint64_t resident_before_ = 0;
  std::uint64_t resident_after_ = 0;
  std::string file_note_;
  std::unique_ptr<LedgerKeeper> keeper_;
  bool closed_ = false;
};

// cachestat(2) where there is one: like the tracepoints, it also sees pages whose read has not ended.
Result<Seen> PageCacheProbe::look(bool at_each_page) const {
  std::uint64_t resident = 0;
  for (const os::Fd& file : files_) {
    const auto counts = dataset::cache_counts(file, Bytes(0), dataset::kToTheEnd);
    if (!counts) return look_at_each_page();
    resident += counts->resident;
  }
  if (!at_each_page) return Seen{resident, {}};
  if (resident == 0) return Seen{0, std::vector<bool>(first_pages_.back())};
  auto flags = flags_in_a_row();
  if (!flags) return propagate(std::move(flags));
  return Seen{resident, std::move(*flags)};
}

Result<std::vector<bool>> PageCacheProbe::flags_in_a_row() const {
  std::vector<bool> row(first_pages_.back());
  for (std::size_t i = 0; i < files_.size(); ++i) {
    const auto flags = dataset::resident_flags(files_[i], target_.files[i].size);
    if (!flags) return Failure(flags.error());
    std::copy(flags->begin(), flags->end(), row.begin() + static_cast<std::ptrdiff_t>(first_pages_[i]));
  }
  return row;
}

// Until two looks agree: then no read is under way.
Result<Seen> PageCacheProbe::look_at_each_page() const {
  std::vector<bool> before;
  for (int attempt = 0; attempt < kReadsEndLooks; ++attempt) {
    auto flags = flags_in_a_row();
    if (!flags) return propagate(std::move(flags));
    if (*flags == before) break;
    before = std::move(*flags);
    std::this_thread::sleep_for(kReadsEnd);
  }
  const auto resident = static_cast<std::uint64_t>(std::count(before.begin(), before.end(), true));
  return Seen{resident, std::move(before)};
}

Result<> PageCacheProbe::open() {
  if (target_.files.empty()) return fail("the trial uses no file");
  std::vector<os::FileStatus> statuses;
  for (const DataFile& each : target_.files) {
    auto status = os::file_status(each.path);
    if (!status) return propagate(std::move(status));
    status->size = each.size;  // what it is to be: a dataset that has shrunk is found out by the trial
    statuses.push_back(*status);
  }
  first_pages_ = PageCacheEvents::first_pages(statuses);
  auto events = PageCacheEvents::open(statuses, kRings);
  if (!events) return propagate(std::move(events));
  for (const DataFile& each : target_.files) {
    auto file = dataset::open_to_ask(each.path);
    if (!file) return propagate(std::move(file));
    files_.push_back(std::move(*file));
  }

  Seen seen;
  std::mutex nobody_else;
  auto begin = look_while_still(
      *events, nobody_else,
      [&]() -> Result<> {
        auto looked = look(true);
        if (!looked) return propagate(std::move(looked));
        seen = std::move(*looked);
        return {};
      },
      [](const std::vector<std::uint64_t>&) {});
  if (!begin) return propagate(std::move(begin));
  resident_before_ = seen.resident;

  std::optional<EvictionFile> file;
  if (!target_.run_folder.empty()) {
    auto created = EvictionFile::create(EvictionFile::path_in(target_.run_folder, target_.sequence),
                                        PageCount(first_pages_.back()),
                                        statuses.size() == 1 ? statuses.front().inode : 0);
    if (created) {
      file = std::move(*created);
    } else {
      file_note_ = created.error().what;
    }
  }
  keeper_ =
      std::make_unique<LedgerKeeper>(std::move(*events), std::move(*begin), Ledger(std::move(seen.flags)),
                                     PageMovers(processes_of(target_), target_.root), std::move(file));
  return {};
}

Result<> PageCacheProbe::close() {
  if (!keeper_) return fail("the window never opened");
  const std::uint64_t window_begin = target_.progress == nullptr ? 0 : target_.progress->window_begin.load();
  auto closed = keeper_->finish(
      [&]() -> Result<> {
        auto looked = look(false);
        if (!looked) return propagate(std::move(looked));
        resident_after_ = looked->resident;
        return {};
      },
      window_begin);
  closed_ = closed.has_value();
  return closed;
}

// Why the counts are not to be believed; nothing where they are exact.
std::optional<std::string> PageCacheProbe::why_inexact() const {
  if (!why_.empty()) return why_;
  if (!closed_) return "the window never closed";
  if (keeper_->lost() != 0) {
    return fmt::format("the rings lost {} of {} events: the observer was not scheduled in time",
                       keeper_->lost(), keeper_->counted());
  }
  const auto grown = static_cast<std::int64_t>(resident_after_) - static_cast<std::int64_t>(resident_before_);
  if (keeper_->final_totals().growth() != grown) {
    return fmt::format("the ledger does not balance: it grew by {} pages, the file's residency by {}",
                       keeper_->final_totals().growth(), grown);
  }
  return std::nullopt;
}

// Those that hold only for a ledger that lost nothing and balances.
Readings PageCacheProbe::exact_readings(const LedgerTotals& totals) const {
  const auto reading = [](std::string_view metric, std::uint64_t pages, std::string note = {}) {
    return Reading{std::string(metric), kSource, Value::count(pages), std::nullopt, std::move(note)};
  };
  const auto takers = [&](Mover mover) { return keeper_ ? keeper_->takers(mover) : std::string(); };
  const std::uint64_t by_others = totals.added - totals.added_from(Mover::trial);
  return {reading("added_pages", totals.added,
                  by_others == 0 ? "" : fmt::format("{} of them brought in by others", by_others)),
          reading("distinct_added_pages", totals.distinct_added),
          reading("evicted_pages", totals.removed,
                  keeper_ && file_note_.empty() ? keeper_->file_note() : file_note_),
          reading("own_evicted_pages", totals.removed_from(Mover::trial)),
          reading("background_evicted_pages", totals.removed_from(Mover::kernel_thread),
                  takers(Mover::kernel_thread)),
          reading("foreign_evicted_pages", totals.removed_from(Mover::other), takers(Mover::other)),
          reading("refaulted_pages", totals.added_again()),
          reading("ledger_inconsistencies", totals.inconsistent)};
}

void PageCacheProbe::report(Readings& readings) const {
  const bool whole = why_.empty() && closed_;
  const LedgerTotals totals = whole ? keeper_->final_totals() : LedgerTotals{};
  const auto inexact = why_inexact();
  for (Reading& reading : exact_readings(totals)) {
    if (inexact) reading = {reading.metric, reading.source, Missing{*inexact}};
    readings.push_back(std::move(reading));
  }
  const auto add = [&](std::string_view metric, Value value) {
    readings.push_back(
        {std::string(metric), kSource, whole ? std::move(value) : Value(Missing{inexact.value_or("")})});
  };
  add("lost_ledger_events", Value::count(whole ? keeper_->lost() : 0));
  add("ledger_residual", totals.growth() - grown());
  add("resident_pages_before", Value::count(resident_before_));
  add("resident_pages_after", Value::count(resident_after_));
}

void PageCacheProbe::sample(Sample& row) {
  const Missing none{why_.empty() ? "the ledger is not open" : why_};
  const bool open = keeper_ != nullptr && why_.empty();
  const LedgerTotals totals = open ? keeper_->totals() : LedgerTotals{};
  const auto value = [&](std::uint64_t pages) { return open ? Value::count(pages) : Value(none); };
  row.emplace_back("added_pages", value(totals.added));
  row.emplace_back("evicted_pages", value(totals.removed));
  row.emplace_back("background_evicted_pages", value(totals.removed_from(Mover::kernel_thread)));
  row.emplace_back("refaulted_pages", value(totals.added_again()));
}

}  // namespace

extern const ProbeSpec page_cache_probe;
const ProbeSpec page_cache_probe = {
    {.name = kSource,
     .summary = "page-cache tracepoints: every page that came or went, and by whom; the eviction ledger",
     .needs = kPageCacheNeeds},
    ProbeSide::parent,
    [](const ProbeTarget& target) -> std::unique_ptr<Probe> {
      return std::make_unique<PageCacheProbe>(target);
    }};

}  // namespace faultlab
