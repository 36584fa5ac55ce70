// The engine `mmap_locked`: a shared mapping whose pages are locked in memory.
#include "engine/mapped.hpp"

namespace faultlab {
namespace {

class LockedFile final : public Engine {
 public:
  Result<> prepare(const AccessSetup& setup) override { return file_.prepare(setup); }
  // mlock(2): reads what is not in memory yet, maps all of it, and keeps it there.
  Result<> begin() override {
    if (auto begun = file_.begin(); !begun) return begun;
    return file_.mapping().lock();
  }
  Result<std::unique_ptr<Accessor>> worker(unsigned index) override { return file_.worker(index); }
  std::span<std::byte> memory() const noexcept override { return file_.memory(); }

 private:
  engine::MappedFile file_{MAP_SHARED};
};

}  // namespace

extern const EngineSpec mmap_locked_engine;
constinit const EngineSpec mmap_locked_engine = {
    .row = {.name = "mmap_locked",
            .summary =
                "mmap(2) with MAP_SHARED and mlock(2), which is part of the timed window: reclaim passes by"},
    .shape = Shape::access,
    .advices = engine::kMappingAdvices,
    .uses_dataset = true,
    .make = []() -> std::unique_ptr<Engine> { return std::make_unique<LockedFile>(); },
    .faults = {.may_be_huge = true},
    .kernel_work = KernelWork::faults};

}  // namespace faultlab
