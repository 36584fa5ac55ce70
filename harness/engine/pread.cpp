// The engine `pread`: one descriptor for all workers, one pread(2) per access.
#include "engine/descriptor.hpp"
#include "engine/policy.hpp"

namespace faultlab {
namespace {

class PreadEngine final : public Engine {
 public:
  Result<> prepare(const AccessSetup& setup) override {
    setup_ = setup;
    auto fd = os::open_fd(setup.path, O_RDONLY);
    if (!fd) return propagate(std::move(fd));
    fd_ = std::move(*fd);
    return engine::does_io(setup.advice) ? Result<>() : engine::advise(fd_, setup.advice, setup.path);
  }

  Result<> begin() override {
    return engine::does_io(setup_.advice) ? engine::advise(fd_, setup_.advice, setup_.path) : Result<>();
  }

  Result<std::unique_ptr<Accessor>> worker(unsigned) override {
    return engine::descriptor_worker(engine::PositionedRead(fd_.get()), setup_);
  }

 private:
  AccessSetup setup_;
  os::Fd fd_;
};

}  // namespace

extern const EngineSpec pread_engine;
constinit const EngineSpec pread_engine = {
    .row = {.name = "pread",
            .summary = "pread(2) of each block into the worker's buffer; one shared descriptor"},
    .shape = Shape::access,
    .advices = engine::kDescriptorAdvices,
    .uses_dataset = true,
    .make = []() -> std::unique_ptr<Engine> { return std::make_unique<PreadEngine>(); },
    .faults = {.mapped = false},
    .kernel_work = KernelWork::calls};

}  // namespace faultlab
