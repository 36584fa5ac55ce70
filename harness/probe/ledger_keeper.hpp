// Keeps a trial's ledger while the trial runs: a thread empties the rings, brings their events into the
// order of time, and enters them.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "measure/ledger.hpp"
#include "measure/reading.hpp"
#include "probe/eviction_file.hpp"
#include "probe/page_cache_events.hpp"
#include "probe/page_movers.hpp"

namespace faultlab {

// Calls `look` until nothing came or went while it looked; the counters of the rings at that moment.
// An error where the file never stands still. `hold` is locked while one look lasts.
Result<std::vector<std::uint64_t>> look_while_still(
    const PageCacheEvents& events, std::mutex& hold, const std::function<Result<>()>& look,
    const std::function<void(std::vector<std::uint64_t>)>& then);

class LedgerKeeper {
 public:
  // Events whose number in their ring is below `begin` happened before the ledger was opened.
  LedgerKeeper(PageCacheEvents events, std::vector<std::uint64_t> begin, Ledger ledger, PageMovers movers,
               std::optional<EvictionFile> file);
  LedgerKeeper(const LedgerKeeper&) = delete;
  LedgerKeeper& operator=(const LedgerKeeper&) = delete;
  ~LedgerKeeper();

  // As of some tens of milliseconds ago.
  LedgerTotals totals() const;

  // Closes the ledger at a moment at which `look` saw the file stand still, and enters what is left.
  Result<> finish(const std::function<Result<>()>& look, std::uint64_t window_begin_ns);

  // Of a closed ledger.
  const LedgerTotals& final_totals() const { return ledger_.totals(); }
  std::uint64_t lost() const { return lost_; }
  std::uint64_t counted() const { return counted_; }
  // "kdamond.0 649, kswapd0 12": pages taken by each of that kind; empty where there are none.
  std::string takers(Mover mover) const;
  // What the eviction file lacks and why; empty where nothing is.
  const std::string& file_note() const { return file_note_; }

 private:
  void keep();
  void settle(std::uint64_t until_ns);
  void enter(const PageCacheEvent& event);
  void stop_thread();
  bool in_window(const PageCacheEvent& event) const;

  PageCacheEvents events_;
  std::vector<std::uint64_t> begin_;
  std::optional<std::vector<std::uint64_t>> end_;
  Ledger ledger_;
  PageMovers movers_;
  std::optional<EvictionFile> file_;
  std::vector<PageCacheEvent> pending_;
  std::array<std::map<std::string, std::uint64_t>, kMovers> takers_;
  std::uint64_t lost_ = 0;
  std::uint64_t counted_ = 0;
  std::string file_note_;

  mutable std::mutex mutex_;  // of everything above
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;  // last: it uses all of them
};

}  // namespace faultlab
