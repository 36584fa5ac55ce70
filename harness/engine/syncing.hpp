// Accessors that have what was stored written back to the device while the work goes on.
#pragma once

#include <algorithm>
#include <memory>
#include <utility>

#include "catalogue/engine_spec.hpp"
#include "measure/clock.hpp"
#include "measure/latency_recorder.hpp"

namespace faultlab::engine {

constexpr OptionSpec kSyncEvery = {
    .name = "sync_every",
    .type = OptionType::integer,
    .fallback = "1024",
    .meaning = "After how many accesses of worker 0 it has the whole dataset written back.",
    .minimum = 1};

// Another accessor's accesses, with a call of `sync`, which returns an errno, after each `every` of them:
// between accesses, so that no access's time has any of it.
template <class Sync>
class SyncingAccessor final : public Accessor {
 public:
  SyncingAccessor(std::unique_ptr<Accessor> inner, Sync sync, std::uint64_t every)
      : inner_(std::move(inner)), sync_(sync), every_(every), left_(every) {}

  void record_into(LatencyRecorder* recorder) override {
    recorder_ = recorder;
    inner_->record_into(recorder);
  }

  void begin_session(std::uint64_t seed) override {
    left_ = every_;
    inner_->begin_session(seed);
  }

  BatchResult run(std::span<const std::uint64_t> offsets) noexcept override {
    BatchResult all;
    while (!offsets.empty() && all.error == 0) {
      const auto until_sync = offsets.first(std::min<std::uint64_t>(left_, offsets.size()));
      const BatchResult part = inner_->run(until_sync);
      all.done += part.done;
      all.checksum += part.checksum;
      all.stores += part.stores;
      all.error = part.error;
      left_ -= part.done;
      if (part.done < until_sync.size()) break;  // stopped, or failed
      offsets = offsets.subspan(part.done);
      if (left_ == 0) write_back(all);
    }
    return all;
  }

 private:
  void write_back(BatchResult& all) noexcept {
    const std::uint64_t begin = now_ns();
    all.error = sync_();
    all.in_sync = all.error != 0;
    all.sync_ns += now_ns() - begin;
    ++all.syncs;
    left_ = every_;
    if (recorder_ != nullptr) recorder_->skip_to_now();
  }

  std::unique_ptr<Accessor> inner_;
  Sync sync_;
  std::uint64_t every_;
  std::uint64_t left_;
};

// One worker writes back what all have stored, as a data base's checkpoints do: the number of calls does not
// depend on how many workers there are.
template <class Sync>
std::unique_ptr<Accessor> with_syncs(std::unique_ptr<Accessor> inner, Sync sync, const AccessSetup& setup) {
  return std::make_unique<SyncingAccessor<Sync>>(std::move(inner), sync, setup.options.integer("sync_every"));
}

}  // namespace faultlab::engine
