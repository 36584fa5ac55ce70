// The engine `anon`: private memory of the dataset's size, with no file behind it.
#include <cerrno>

#include "engine/writing.hpp"

namespace faultlab {
namespace {

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
    // The first access to a page is the write fault that gives it memory.
    return setup_.start == Start::cold ? engine::writing_worker(memory_, setup_, true)
                                       : engine::mapped_worker(memory_, setup_);
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
    .make = []() -> std::unique_ptr<Engine> { return std::make_unique<AnonEngine>(); },
    .faults = {.minor = FaultClass::zero_fill},
    .kernel_work = KernelWork::faults};

}  // namespace faultlab
