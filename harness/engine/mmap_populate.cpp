// The engine `mmap_populate`: the whole file is read and mapped by one call, inside the window.
#include "engine/mapped.hpp"

namespace faultlab {
namespace {

class PopulatedFile final : public Engine {
 public:
  Result<> prepare(const AccessSetup& setup) override {
    setup_ = setup;
    auto fd = os::open_fd(setup.path, O_RDONLY);
    if (!fd) return propagate(std::move(fd));
    fd_ = std::move(*fd);
    return {};
  }

  // mmap(2): "the call doesn't fail if the mapping cannot be populated"; what is missing faults later.
  Result<> begin() override {
    auto mapping = os::Mapping::of_file(fd_, setup_.size, PROT_READ, MAP_SHARED | MAP_POPULATE);
    if (!mapping) return propagate(std::move(mapping), setup_.path);
    mapping_ = std::move(*mapping);
    return engine::advise(mapping_, setup_.advice);
  }

  Result<std::unique_ptr<Accessor>> worker(unsigned) override {
    return engine::mapped_worker(mapping_, setup_);
  }
  std::span<std::byte> memory() const noexcept override { return mapping_.bytes(); }

 private:
  AccessSetup setup_;
  os::Fd fd_;
  os::Mapping mapping_;
};

}  // namespace

extern const EngineSpec mmap_populate_engine;
constinit const EngineSpec mmap_populate_engine = {
    .row = {.name = "mmap_populate",
            .summary = "mmap(2) with MAP_SHARED | MAP_POPULATE; the call is part of the timed window"},
    .shape = Shape::access,
    .advices = engine::kPopulatedAdvices,
    .uses_dataset = true,
    .make = []() -> std::unique_ptr<Engine> { return std::make_unique<PopulatedFile>(); },
    .faults = {.may_be_huge = true},
    .kernel_work = KernelWork::faults};

}  // namespace faultlab
