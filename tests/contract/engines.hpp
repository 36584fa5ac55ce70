// What the contract tests of engines share: a small dataset, a pool of huge pages for who needs one, offsets.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "catalogue/names.hpp"
#include "catalogue/tables.hpp"
#include "contract/defaults.hpp"
#include "dataset/content.hpp"
#include "host/huge_pool.hpp"
#include "host/journal.hpp"
#include "host/knobs.hpp"
#include "os/file.hpp"
#include "os/lock.hpp"
#include "os/mapping.hpp"
#include "support/temporary_folder.hpp"

namespace faultlab::contract {

inline constexpr std::uint64_t kSeed = 42;
inline constexpr Bytes kSize{240 * 4096};

// A small dataset in the test's folder, removed with it.
class Dataset {
 public:
  Dataset() : path_(::testing::TempDir() + "faultlab-engine-" + std::to_string(::getpid())) {
    auto fd = os::open_fd(path_, O_RDWR | O_CREAT | O_TRUNC);
    auto content = os::Mapping::anonymous(kSize);
    if (!fd || !content) return;
    fill_content(kSeed, 0, content->bytes());
    whole_ = os::write_at(*fd, content->data(), kSize.value, 0, path_).has_value();
  }
  ~Dataset() { ::unlink(path_.c_str()); }

  const std::string& path() const { return path_; }
  bool whole() const { return whole_; }

 private:
  std::string path_;
  bool whole_ = false;
};

// Huge pages for an engine that takes them from the host's pool, given back after the test. Tests in other
// processes wait their turn: what one has changed, another cannot put back.
class Pool {
 public:
  static Result<Pool> fill(Bytes page) {
    const std::string path = ::testing::TempDir() + "faultlab-huge-page-pool.lock";
    for (;;) {
      auto fd = os::open_fd(path, O_RDWR | O_CREAT);
      if (!fd) return propagate(std::move(fd));
      auto lock = os::ProcessLock::try_take(std::move(*fd), path);
      if (!lock) return propagate(std::move(lock));
      if (*lock) return Pool::fill(page, **std::move(lock));
      ::usleep(10'000);
    }
  }

 private:
  static constexpr std::uint64_t kPages = 2;  // one for the memory, one to spare

  Pool(os::ProcessLock lock, std::unique_ptr<testing::TemporaryFolder> state, host::KnobGuard knob)
      : lock_(std::move(lock)), state_(std::move(state)), knob_(std::move(knob)) {}

  static Result<Pool> fill(Bytes page, os::ProcessLock lock) {
    auto state = std::make_unique<testing::TemporaryFolder>();
    auto journal = host::Journal::open(state->path());
    if (!journal) return propagate(std::move(journal));
    const auto now = host::huge_pool(page);
    if (!now) return Failure(now.error());
    auto knob = host::KnobGuard::set(std::string(host::huge_pool_knob(page)),
                                     std::to_string(now->total + kPages), state->path(), *journal);
    if (!knob) return propagate(std::move(knob));
    return Pool(std::move(lock), std::move(state), std::move(*knob));
  }

  os::ProcessLock lock_;
  std::unique_ptr<testing::TemporaryFolder> state_;
  host::KnobGuard knob_;
};

class EngineTest : public ::testing::TestWithParam<const EngineSpec*> {
 protected:
  void SetUp() override {
    ASSERT_TRUE(dataset_.whole());
    if (spec().pool_page == nullptr) return;
    auto pool = Pool::fill(spec().pool_page(default_options(spec().row)));
    if (!pool) GTEST_SKIP() << pool.error().what << " (" << pool.error().remedy << ")";
    pool_.emplace(std::move(*pool));
  }

  const EngineSpec& spec() const { return *GetParam(); }
  bool accesses() const { return spec().shape == Shape::access; }

  AccessSetup setup(Bytes block, Consume consume, Advice advice = Advice::normal, Start start = Start::cold) {
    return {.path = dataset_.path(),
            .size = kSize,
            .block = block,
            .consume = consume,
            .advice = advice,
            .start = start,
            .threads = 2,
            .content = kSeed,
            .options = default_options(spec().row, Bytes(kSize.value / 2)),
            .stop = &stop_};
  }

  Dataset dataset_;
  std::optional<Pool> pool_;
  std::atomic<std::uint32_t> stop_{0};
};

// A session of one batch, with what it left under way.
inline BatchResult run_whole(Accessor& worker, std::span<const std::uint64_t> offsets) {
  BatchResult result = worker.run(offsets);
  const BatchResult rest = worker.complete();
  result.checksum += rest.checksum;
  if (result.error == 0) result.error = rest.error;
  return result;
}

// Every block, some twice, in an order that jumps.
inline std::vector<std::uint64_t> jumping_offsets(Bytes block) {
  const std::uint64_t blocks = kSize.value / block.value;
  std::vector<std::uint64_t> offsets;
  for (std::uint64_t i = 0; i < 2 * blocks; ++i) offsets.push_back(i * 7 % blocks * block.value);
  for (std::uint64_t i = 0; i < blocks; ++i) offsets.push_back(i * block.value);
  return offsets;
}

inline std::uint64_t expected(const std::vector<std::uint64_t>& offsets, Bytes block, Consume consume) {
  std::uint64_t sum = 0;
  for (const std::uint64_t offset : offsets) {
    sum += expected_checksum(kSeed, offset, block, consume == Consume::sum);
  }
  return sum;
}

struct Opened {
  std::unique_ptr<Engine> engine;
  std::vector<std::unique_ptr<Accessor>> workers;
};

inline Result<Opened> open(const EngineSpec& spec, const AccessSetup& setup) {
  Opened opened{spec.make(), {}};
  if (auto ready = opened.engine->prepare(setup); !ready) return propagate(std::move(ready));
  for (unsigned i = 0; i < setup.threads; ++i) {
    auto worker = opened.engine->worker(i);
    if (!worker) return propagate(std::move(worker));
    opened.workers.push_back(std::move(*worker));
  }
  if (auto begun = opened.engine->begin(); !begun) return propagate(std::move(begun));
  return opened;
}

}  // namespace faultlab::contract
