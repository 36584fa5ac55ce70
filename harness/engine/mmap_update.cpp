// The engine `mmap_update`: a shared mapping that is written to; each page is made writable first, and may be
// written back by msync(2) while the work goes on.
#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "engine/writing.hpp"
#include "measure/clock.hpp"

namespace faultlab {
namespace {

constexpr std::array<std::string_view, 3> kSyncs = {"none", "async", "sync"};

constexpr OptionSpec kMmapUpdateOptions[] = {
    {.name = "sync",
     .type = OptionType::choice,
     .fallback = "none",
     .meaning = "How worker 0 writes the dataset back: not at all; with msync(MS_SYNC), which waits for the "
                "device; or with msync(MS_ASYNC), which since Linux 2.6.19 does nothing.",
     .choices = kSyncs},
    {.name = "sync_every",
     .type = OptionType::integer,
     .fallback = "1024",
     .meaning = "After how many accesses of worker 0 it calls msync(2) on the whole dataset.",
     .minimum = 1}};

// Another accessor's accesses, with an msync(2) of the whole mapping after each `every` of them: between
// accesses, so that no access's time has any of it.
class SyncingAccessor final : public Accessor {
 public:
  // `memory` outlives the accessor.
  SyncingAccessor(std::unique_ptr<Accessor> inner, const os::Mapping& memory, int flags, std::uint64_t every)
      : inner_(std::move(inner)), memory_(memory), flags_(flags), every_(every), left_(every) {}

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
      if (left_ == 0) sync(all);
    }
    return all;
  }

 private:
  void sync(BatchResult& all) noexcept {
    const std::uint64_t begin = now_ns();
    if (::msync(memory_.data(), memory_.size(), flags_) != 0) {
      all.error = errno;
      all.in_sync = true;
    }
    all.sync_ns += now_ns() - begin;
    ++all.syncs;
    left_ = every_;
    if (recorder_ != nullptr) recorder_->skip_to_now();
  }

  std::unique_ptr<Accessor> inner_;
  const os::Mapping& memory_;
  int flags_;
  std::uint64_t every_;
  std::uint64_t left_;
};

class UpdatedFile final : public Engine {
 public:
  Result<> prepare(const AccessSetup& setup) override {
    setup_ = setup;
    return file_.prepare(setup);
  }
  Result<> begin() override { return file_.begin(); }
  std::span<std::byte> memory() const noexcept override { return file_.memory(); }

  // One worker writes back what all have stored, as a data base's checkpoints do: the number of calls does
  // not depend on how many workers there are.
  Result<std::unique_ptr<Accessor>> worker(unsigned index) override {
    auto writer = file_.worker(index);
    const std::string& kind = setup_.options.text("sync");
    if (!writer || index != 0 || kind == "none") return writer;
    return std::make_unique<SyncingAccessor>(std::move(*writer), file_.mapping(),
                                             kind == "sync" ? MS_SYNC : MS_ASYNC,
                                             setup_.options.integer("sync_every"));
  }

 private:
  AccessSetup setup_;
  engine::WrittenFile file_{MAP_SHARED};
};

}  // namespace

extern const EngineSpec mmap_update_engine;
constinit const EngineSpec mmap_update_engine = {
    .row = {.name = "mmap_update",
            .summary =
                "mmap(2) with MAP_SHARED, written: stores into each page the word that it holds, so that "
                "pages become dirty and the file keeps its content",
            .options = kMmapUpdateOptions},
    .shape = Shape::access,
    .advices = engine::kMappingAdvices,
    .uses_dataset = true,
    .make = []() -> std::unique_ptr<Engine> { return std::make_unique<UpdatedFile>(); },
    // The file system is asked before a page becomes writable (mm/memory.c: do_page_mkwrite).
    .faults = {.minor_of_store = FaultClass::write_protect, .may_be_huge = true},
    .stores = true,
    .syncs = true};

}  // namespace faultlab
