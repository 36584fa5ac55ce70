// The engine `mmap_update`: a shared mapping that is written to; each page is made writable first, and may be
// written back by msync(2) while the work goes on.
#include <sys/mman.h>

#include <array>
#include <cerrno>

#include "engine/syncing.hpp"
#include "engine/writing.hpp"

namespace faultlab {
namespace {

constexpr std::array<std::string_view, 3> kMsyncs = {"none", "async", "sync"};
constexpr std::array<std::string_view, 2> kStored = {"words", "block"};

constexpr OptionSpec kMmapUpdateOptions[] = {
    {.name = "sync",
     .type = OptionType::choice,
     .fallback = "none",
     .meaning = "How worker 0 writes the dataset back: not at all; with msync(MS_SYNC), which waits for the "
                "device; or with msync(MS_ASYNC), which since Linux 2.6.19 does nothing.",
     .choices = kMsyncs},
    engine::kSyncEvery,
    {.name = "stored",
     .type = OptionType::choice,
     .fallback = "words",
     .meaning = "What an access stores: the first word of each page, which makes it dirty; or the whole "
                "block, which "
                "is what write(2) does.",
     .choices = kStored}};

class UpdatedFile final : public Engine {
 public:
  Result<> prepare(const AccessSetup& setup) override {
    setup_ = setup;
    return file_.prepare(setup);
  }
  Result<> begin() override { return file_.begin(); }
  std::span<std::byte> memory() const noexcept override { return file_.memory(); }

  Result<std::unique_ptr<Accessor>> worker(unsigned index) override {
    const bool whole = setup_.options.text("stored") == "block";
    auto writer = file_.storing(index, whole ? engine::Stored::every_word : engine::Stored::first_words);
    const std::string& kind = setup_.options.text("sync");
    if (!writer || index != 0 || kind == "none") return writer;
    const int flags = kind == "sync" ? MS_SYNC : MS_ASYNC;
    return engine::with_syncs(
        std::move(*writer),
        [memory = memory(), flags] { return ::msync(memory.data(), memory.size(), flags) == 0 ? 0 : errno; },
        setup_);
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
