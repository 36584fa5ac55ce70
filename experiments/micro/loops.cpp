// The warm file, the bare loops' timing, and the harness's own path.
#include "loops.hpp"

#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <utility>

#include "bare_loops.h"
#include "catalogue/tables.hpp"
#include "dataset/content.hpp"
#include "measure/clock.hpp"
#include "measure/progress.hpp"
#include "os/file.hpp"

namespace faultlab::micro {
namespace {

constexpr Bytes kChunk{1 << 20};
constexpr std::size_t kBatch = 128;

Result<> write_dataset(const WarmFile& file) {
  auto chunk = os::Mapping::anonymous(kChunk);
  if (!chunk) return propagate(std::move(chunk));
  for (std::uint64_t at = 0; at < file.size.value; at += kChunk.value) {
    const std::size_t part = std::min(kChunk.value, file.size.value - at);
    fill_content(file.seed, at, chunk->bytes().first(part));
    auto wrote = os::write_at(file.fd, chunk->data(), part, at, file.path);
    if (!wrote) return wrote;
  }
  return os::sync_data(file.fd, file.path);
}

template <class Work>
double seconds_of(Work work) {
  const std::uint64_t begin = now_ns();
  benchmark::DoNotOptimize(work());
  return static_cast<double>(now_ns() - begin) * 1e-9;
}

// A new draw for every repetition, never the state 0 that xorshift cannot leave.
std::uint64_t next_seed() {
  static std::uint64_t count = 0;
  return mix64(++count) | 1;
}

// What one worker owns: the same parts, and the same loop, as a trial's.
struct Worker {
  std::atomic<std::uint32_t> stop{0};
  std::unique_ptr<Engine> engine;
  std::unique_ptr<Accessor> accessor;
  std::unique_ptr<Order> order;
  WorkerProgress progress{};
  std::array<std::uint64_t, kBatch> batch{};

  Result<std::uint64_t> run(std::uint64_t accesses) {
    std::uint64_t total = 0;
    std::uint64_t checksum = 0;
    while (total < accesses) {
      const auto offsets = std::span(batch).first(std::min<std::uint64_t>(kBatch, accesses - total));
      order->fill(offsets);
      const BatchResult result = accessor->run(offsets);
      checksum += result.checksum;
      total += result.done;
      progress.accesses.store(total, std::memory_order_relaxed);
      if (result.error != 0) return fail(fmt::format("access {} failed", total), {}, result.error);
    }
    return checksum;
  }
};

// A pass in file order: it builds the page tables as the bare loops' were built, by ascending
// touches, and shows that the loop under test returns the dataset's checksum.
Result<> check_by_pass(Worker& worker, const WarmFile& file, Consume consume) {
  const OrderSetup setup{.blocks = file.pages(), .block = kPage};
  worker.order = find(order_table(), "sequential")->make(setup, {});
  auto sum = worker.run(file.pages());
  if (!sum) return propagate(std::move(sum));
  if (*sum != expected_checksum(file.seed, 0, file.size, consume == Consume::sum)) {
    return fail("the checksum is wrong");
  }
  return {};
}

}  // namespace

Result<WarmFile> make_warm_file(const std::string& path, Bytes size) {
  WarmFile file;
  file.path = path;
  file.size = size;
  auto fd = os::open_fd(path, O_RDWR | O_CREAT | O_TRUNC);
  if (!fd) return propagate(std::move(fd));
  file.fd = std::move(*fd);
  if (auto wrote = write_dataset(file); !wrote) return propagate(std::move(wrote));
  auto mapping = os::Mapping::of_file(file.fd, size, PROT_READ, MAP_SHARED);
  auto buffer = os::Mapping::anonymous(kPage);
  if (!mapping) return propagate(std::move(mapping), path);
  if (!buffer) return propagate(std::move(buffer));
  file.mapping = std::move(*mapping);
  file.buffer = std::move(*buffer);
  file.buffer.data()[0] = std::byte{1};
  std::uint64_t sum = 0;
  for (std::size_t at = 0; at < file.mapping.size(); at += kPage.value) {
    sum += std::to_integer<std::uint64_t>(file.mapping.data()[at]);
  }
  benchmark::DoNotOptimize(sum);
  return file;
}

Result<std::uint64_t> absent_pages(const WarmFile& file) {
  std::vector<unsigned char> present(file.pages());
  if (::mincore(file.mapping.data(), file.mapping.size(), present.data()) != 0)
    return os::os_failure("mincore");
  return static_cast<std::uint64_t>(
      std::count_if(present.begin(), present.end(), [](unsigned char page) { return (page & 1) == 0; }));
}

std::vector<Loop> bare_loops(const WarmFile& file) {
  const auto* base = reinterpret_cast<const unsigned char*>(file.mapping.data());
  auto* buffer = reinterpret_cast<unsigned char*>(file.buffer.data());
  const std::uint64_t pages = file.pages();
  const int fd = file.fd.get();
  return {{"touch/bare", 4'000'000,
           [=](std::uint64_t n) -> Result<double> {
             return seconds_of([=] { return bare_touch(base, pages, n, next_seed()); });
           }},
          {"copy/bare", 400'000,
           [=](std::uint64_t n) -> Result<double> {
             return seconds_of([=] { return bare_copy(base, pages, n, next_seed(), buffer); });
           }},
          {"pread/bare", 200'000, [=](std::uint64_t n) -> Result<double> {
             return seconds_of([=] { return bare_pread(fd, pages, n, next_seed(), buffer); });
           }}};
}

Result<Loop> faultlab_loop(const WarmFile& file, std::string name, const std::string& engine, Consume consume,
                           std::uint64_t accesses) {
  auto worker = std::make_shared<Worker>();
  const AccessSetup setup{.path = file.path,
                          .size = file.size,
                          .block = kPage,
                          .consume = consume,
                          .start = Start::warm,
                          .content_seed = file.seed,
                          .stop = &worker->stop};
  worker->engine = find(engine_table(), engine)->make();
  if (auto ready = worker->engine->prepare(setup); !ready) return propagate(std::move(ready), name);
  if (auto begun = worker->engine->begin(); !begun) return propagate(std::move(begun), name);
  auto accessor = worker->engine->worker(0);
  if (!accessor) return propagate(std::move(accessor), name);
  worker->accessor = std::move(*accessor);
  if (auto checked = check_by_pass(*worker, file, consume); !checked)
    return propagate(std::move(checked), name);
  const OrderSetup order{.blocks = file.pages(), .block = kPage, .seed = next_seed()};
  worker->order = find(order_table(), "uniform")->make(order, {});
  return Loop{std::move(name), accesses, [worker](std::uint64_t n) -> Result<double> {
                const std::uint64_t begin = now_ns();
                auto sum = worker->run(n);
                const std::uint64_t end = now_ns();
                if (!sum) return propagate(std::move(sum));
                benchmark::DoNotOptimize(*sum);
                return static_cast<double>(end - begin) * 1e-9;
              }};
}

}  // namespace faultlab::micro
