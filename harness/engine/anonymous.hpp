// Engines over memory that no file of the user's lies behind.
#pragma once

#include "engine/writing.hpp"

namespace faultlab::engine {

// Makes memory of at least the setup's size, untouched.
using MakeMemory = Result<os::Mapping> (*)(const AccessSetup& setup);

class AnonymousMemory final : public Engine {
 public:
  explicit AnonymousMemory(MakeMemory make) : make_(make) {}

  Result<> prepare(const AccessSetup& setup) override {
    setup_ = setup;
    auto memory = make_(setup);
    if (!memory) return propagate(std::move(memory));
    memory_ = std::move(*memory);
    if (setup.start != Start::cold) {
      fill_content(setup.content, 0, memory_.bytes().first(setup.size.value));
    }
    return {};
  }

  Result<std::unique_ptr<Accessor>> worker(unsigned index) override {
    // Untouched memory holds nothing: unless told otherwise, the first access to a page is the write fault
    // that gives it memory, and brings all that is consumed. Memory that was filled is only loaded from, and
    // a word a page makes it dirty.
    const bool untouched = setup_.start == Start::cold;
    const bool whole = untouched && setup_.consume != Consume::touch;
    return writing_worker(memory_, setup_, index,
                          {setup_.writes.value_or(untouched ? kAllAccesses : 0),
                           whole ? Stored::every_word : Stored::first_words});
  }
  std::span<std::byte> memory() const noexcept override { return memory_.bytes(); }

 private:
  MakeMemory make_;
  AccessSetup setup_;
  os::Mapping memory_;
};

template <Result<os::Mapping> (*make)(const AccessSetup& setup)>
std::unique_ptr<Engine> anonymous_memory() {
  return std::make_unique<AnonymousMemory>(make);
}

}  // namespace faultlab::engine
