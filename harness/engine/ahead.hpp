// Engines that have the kernel bring in, by madvise(2), the blocks that their workers are about to reach.
#pragma once

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <memory>
#include <utility>

#include "engine/mapped.hpp"
#include "measure/latency_recorder.hpp"
#include "os/mapping.hpp"

namespace faultlab::engine {

inline constexpr std::uint64_t kMostAhead = 128;  // a batch: further ahead no worker knows its order

constexpr OptionSpec ahead_option(std::string_view meaning) {
  return {.name = "ahead",
          .type = OptionType::integer,
          .fallback = "16",
          .meaning = meaning,
          .minimum = 1,
          .maximum = kMostAhead};
}

// What is done before the accesses of a group.
struct Lead {
  int advice;           // of madvise(2)
  bool next;            // on the group after them; else on theirs
  std::uint64_t group;  // accesses
};

// Another accessor's accesses in groups, with the advice between them, so that no access's time has any of
// it.
class AheadAccessor final : public Accessor {
 public:
  // `memory` outlives the accessor.
  AheadAccessor(std::unique_ptr<Accessor> inner, const os::Mapping& memory, const AccessSetup& setup,
                Lead lead)
      : inner_(std::move(inner)),
        memory_(memory),
        block_(setup.block.value),
        stop_(stop_flag(setup)),
        lead_(lead) {}

  void record_into(LatencyRecorder* recorder) override {
    recorder_ = recorder;
    inner_->record_into(recorder);
  }

  void begin_session(std::uint64_t seed) override {
    account_ = {};
    inner_->begin_session(seed);
  }
  Account account() const override { return account_; }

  BatchResult run(std::span<const std::uint64_t> offsets) noexcept override {
    BatchResult all;
    if (lead_.next) all.error = advise(first_group(offsets));
    while (!offsets.empty() && all.error == 0 && stop_.load(std::memory_order_relaxed) == 0) {
      const auto group = first_group(offsets);
      offsets = offsets.subspan(group.size());
      all.error = advise(lead_.next ? first_group(offsets) : group);
      if (all.error != 0) break;
      const BatchResult part = inner_->run(group);
      all.done += part.done;
      all.checksum += part.checksum;
      all.error = part.error;
      if (part.done < group.size()) break;  // stopped, or failed
    }
    return all;
  }

 private:
  using Offsets = std::span<const std::uint64_t>;

  Offsets first_group(Offsets offsets) const {
    return offsets.first(std::min<std::uint64_t>(lead_.group, offsets.size()));
  }

  // One call for each run of neighbours, upwards or downwards. 0, or an errno.
  int advise(Offsets group) noexcept {
    if (stop_.load(std::memory_order_relaxed) != 0) return 0;
    while (!group.empty()) {
      std::uint64_t begin = group.front();
      std::uint64_t end = begin + block_;
      std::size_t taken = 1;
      for (; taken < group.size(); ++taken) {
        if (group[taken] == end) {
          end += block_;
        } else if (group[taken] + block_ == begin) {
          begin -= block_;
        } else {
          break;
        }
      }
      ++account_.calls;
      if (::madvise(memory_.data() + begin, end - begin, lead_.advice) != 0) return errno;
      group = group.subspan(taken);
    }
    if (recorder_ != nullptr) recorder_->skip_to_now();
    return 0;
  }

  std::unique_ptr<Accessor> inner_;
  const os::Mapping& memory_;
  std::uint64_t block_;
  const std::atomic<std::uint32_t>& stop_;
  Lead lead_;
  Account account_;
};

// A shared mapping whose workers look ahead.
class AheadFile final : public Engine {
 public:
  // Of `lead`, the group is the option's.
  explicit AheadFile(Lead lead) : lead_(lead) {}

  Result<> prepare(const AccessSetup& setup) override {
    setup_ = setup;
    lead_.group = setup.options.integer("ahead");
    return file_.prepare(setup);
  }

  Result<std::unique_ptr<Accessor>> worker(unsigned index) override {
    auto inner = file_.worker(index);
    if (!inner) return inner;
    return std::make_unique<AheadAccessor>(std::move(*inner), file_.mapping(), setup_, lead_);
  }
  std::span<std::byte> memory() const noexcept override { return file_.memory(); }

 private:
  Lead lead_;
  AccessSetup setup_;
  MappedFile file_{MAP_SHARED};
};

}  // namespace faultlab::engine
