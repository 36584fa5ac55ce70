// The engine `mmap_shared`: the page cache itself, seen through a shared mapping.
#include <array>
#include <memory>
#include <vector>

#include "engine/mapped.hpp"

namespace faultlab {
namespace {

constexpr std::array<std::string_view, 2> kMappings = {"one", "each"};

constexpr OptionSpec kMmapSharedOptions[] = {{.name = "mappings",
                                              .type = OptionType::choice,
                                              .fallback = "one",
                                              .meaning =
                                                  "One mapping of the file for all threads of a process, or "
                                                  "one for each, which has page tables of its own "
                                                  "to be filled.",
                                              .choices = kMappings}};

class SharedMappings final : public Engine {
 public:
  Result<> prepare(const AccessSetup& setup) override {
    const unsigned mappings = setup.options.text("mappings") == "each" ? setup.threads : 1;
    for (unsigned i = 0; i < mappings; ++i) {
      files_.push_back(std::make_unique<engine::MappedFile>(MAP_SHARED));
      if (auto prepared = files_.back()->prepare(setup); !prepared) return prepared;
    }
    return {};
  }

  Result<> begin() override {
    for (const auto& file : files_) {
      if (auto begun = file->begin(); !begun) return begun;
    }
    return {};
  }

  Result<std::unique_ptr<Accessor>> worker(unsigned index) override {
    return files_[index % files_.size()]->worker(index);
  }

  // Of several, the first worker's.
  std::span<std::byte> memory() const noexcept override {
    return files_.empty() ? std::span<std::byte>() : files_.front()->memory();
  }
  std::optional<std::uint64_t> offset_at(std::uintptr_t address) const noexcept override {
    for (const auto& file : files_) {
      if (const auto offset = offset_in(file->memory(), address)) return offset;
    }
    return std::nullopt;
  }

 private:
  std::vector<std::unique_ptr<engine::MappedFile>> files_;  // one, or one for each worker
};

}  // namespace

extern const EngineSpec mmap_shared_engine;
constinit const EngineSpec mmap_shared_engine = {
    .row = {.name = "mmap_shared",
            .summary = "mmap(2) with MAP_SHARED, read-only: bytes are used in place",
            .options = kMmapSharedOptions},
    .shape = Shape::access,
    .advices = engine::kMappingAdvices,
    .uses_dataset = true,
    .make = []() -> std::unique_ptr<Engine> { return std::make_unique<SharedMappings>(); },
    .faults = {.may_be_huge = true},
    .kernel_work = KernelWork::faults};

}  // namespace faultlab
