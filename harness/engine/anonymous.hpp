// Engines over memory that no file of the user's lies behind.
#pragma once

#include "engine/writing.hpp"

namespace faultlab::engine {

// Makes memory of at least this size, untouched.
using MakeMemory = Result<os::Mapping> (*)(Bytes size);

class AnonymousMemory final : public Engine {
 public:
  explicit AnonymousMemory(MakeMemory make) : make_(make) {}

  Result<> prepare(const AccessSetup& setup) override {
    setup_ = setup;
    auto memory = make_(setup.size);
    if (!memory) return propagate(std::move(memory));
    memory_ = std::move(*memory);
    if (setup.start != Start::cold) {
      fill_content(setup.content, 0, memory_.bytes().first(setup.size.value));
    }
    return {};
  }

  Result<std::unique_ptr<Accessor>> worker(unsigned) override {
    // The first access to a page is the write fault that gives it memory.
    return setup_.start == Start::cold ? writing_worker(memory_, setup_, true)
                                       : mapped_worker(memory_, setup_);
  }
  std::span<std::byte> memory() const noexcept override { return memory_.bytes(); }

 private:
  MakeMemory make_;
  AccessSetup setup_;
  os::Mapping memory_;
};

template <Result<os::Mapping> (*make)(Bytes size)>
std::unique_ptr<Engine> anonymous_memory() {
  return std::make_unique<AnonymousMemory>(make);
}

}  // namespace faultlab::engine
