// The engine `read`: a descriptor per worker, read(2), and lseek(2) where the order jumps.
#include <vector>

#include "engine/descriptor.hpp"
#include "engine/policy.hpp"

namespace faultlab {
namespace {

// A descriptor per worker, because the position and the read-ahead state belong to the open file.
class ReadEngine final : public Engine {
 public:
  Result<> prepare(const AccessSetup& setup) override {
    setup_ = setup;
    for (unsigned i = 0; i < setup.threads; ++i) {
      auto fd = os::open_fd(setup.path, O_RDONLY);
      if (!fd) return propagate(std::move(fd));
      if (!engine::does_io(setup.advice)) {
        if (auto advised = engine::advise(*fd, setup.advice, setup.path); !advised) return advised;
      }
      fds_.push_back(std::move(*fd));
    }
    return {};
  }

  // willneed fills the page cache, which all descriptors share: once is enough.
  Result<> begin() override {
    return engine::does_io(setup_.advice) ? engine::advise(fds_.front(), setup_.advice, setup_.path)
                                          : Result<>();
  }

  Result<std::unique_ptr<Accessor>> worker(unsigned index) override {
    return engine::descriptor_worker(engine::SeekingRead(fds_[index].get()), setup_);
  }

 private:
  AccessSetup setup_;
  std::vector<os::Fd> fds_;  // one per worker
};

}  // namespace

extern const EngineSpec read_engine;
constinit const EngineSpec read_engine = {
    .row = {.name = "read",
            .summary = "read(2) into the worker's buffer, after lseek(2) where the next block is elsewhere"},
    .shape = Shape::access,
    .advices = engine::kDescriptorAdvices,
    .uses_dataset = true,
    .make = []() -> std::unique_ptr<Engine> { return std::make_unique<ReadEngine>(); },
    .faults = {.mapped = false},
    .kernel_work = KernelWork::calls};

}  // namespace faultlab
