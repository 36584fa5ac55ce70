// The files, the bare loops' timing, and the harness's own path.
#include "loops.hpp"

#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <ctime>
#include <memory>
#include <span>
#include <utility>

#include "bare_loops.h"
#include "catalogue/tables.hpp"
#include "dataset/content.hpp"
#include "dataset/dataset.hpp"
#include "measure/clock.hpp"
#include "measure/latency_recorder.hpp"
#include "measure/progress.hpp"
#include "os/file.hpp"

namespace faultlab::micro {
namespace {

constexpr Bytes kChunk{1 << 20};
constexpr std::size_t kBatch = 128;
// Few enough that hardly any block is reached twice, and that a slow disk takes a second for them.
constexpr std::uint64_t kColdAccesses = 2000;

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

double thread_cpu_seconds() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

template <class Work>
Seconds seconds_of(Work work) {
  const double cpu_begin = thread_cpu_seconds();
  const std::uint64_t begin = now_ns();
  benchmark::DoNotOptimize(work());
  const std::uint64_t end = now_ns();
  return {static_cast<double>(end - begin) * 1e-9, thread_cpu_seconds() - cpu_begin};
}

// The probes that every trial has, around a loop.
class Watched {
 public:
  Watched() {
    for (const char* name : {"rusage", "io"}) {
      probes_.push_back(find(probe_table(), name)->make({.pid = ::getpid()}));
      probes_.back()->before();
    }
  }
  Counted counted() {
    Readings readings;
    for (const auto& probe : probes_) {
      probe->after();
      probe->report(readings);
    }
    const auto of = [&](const char* metric, const char* source) {
      const Reading* reading = find(readings, metric, source);
      const bool there = reading != nullptr && reading->value.present();
      return there ? static_cast<double>(reading->value.integer()) : std::nan("");
    };
    return {of("minor_faults", "rusage"), of("major_faults", "rusage"), of("device_read_bytes", "io")};
  }

 private:
  std::vector<std::unique_ptr<Probe>> probes_;
};

// A new draw for every call, never the state 0 that xorshift cannot leave.
std::uint64_t next_seed() {
  static std::uint64_t count = 0;
  return mix64(++count) | 1;
}

// What a bare loop works on.
struct View {
  os::Mapping file;
  os::Mapping buffer;  // one page

  const unsigned char* base() const { return reinterpret_cast<const unsigned char*>(file.data()); }
  unsigned char* page() const { return reinterpret_cast<unsigned char*>(buffer.data()); }
};

// Touched in file order, so that no page faults under the clock.
Result<View> fresh_view(const WarmFile& file) {
  auto mapping = os::Mapping::of_file(file.fd, file.size, PROT_READ, MAP_SHARED);
  if (!mapping) return propagate(std::move(mapping), file.path);
  auto buffer = os::Mapping::anonymous(kPage);
  if (!buffer) return propagate(std::move(buffer));
  std::uint64_t sum = 0;
  for (std::size_t at = 0; at < mapping->size(); at += kPage.value) {
    sum += std::to_integer<std::uint64_t>(mapping->data()[at]);
  }
  benchmark::DoNotOptimize(sum);
  buffer->data()[0] = std::byte{1};
  return View{std::move(*mapping), std::move(*buffer)};
}

// What one worker owns: the same parts, and the same loop, as a trial's.
struct Worker {
  std::atomic<std::uint32_t> stop{0};
  std::unique_ptr<Engine> engine;
  std::unique_ptr<Accessor> accessor;
  std::unique_ptr<LatencyRecorder> recorder;  // held while accesses are timed
  std::unique_ptr<Order> order;
  WorkerProgress progress{};
  std::uint64_t seed = 0;  // of the order
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
    const BatchResult rest = accessor->complete();
    if (rest.error != 0) return fail("what was under way failed", {}, rest.error);
    return checksum + rest.checksum;
  }
};

// A pass in file order, as fresh_view makes: no page faults later, and the checksum is seen to be right.
Result<> check_by_pass(Worker& worker, const WarmFile& file, const Driven& driven) {
  const OrderSetup setup{.blocks = file.size.value / driven.block.value, .block = driven.block};
  worker.order = find(order_table(), "sequential")->make(setup, {});
  auto sum = worker.run(setup.blocks);
  if (!sum) return propagate(std::move(sum));
  if (*sum != expected_checksum(file.seed, 0, file.size, driven.consume == Consume::sum)) {
    return fail("the checksum is wrong");
  }
  return {};
}

std::unique_ptr<Order> order_of(const WarmFile& file, const Driven& driven, std::uint64_t seed) {
  const OrderSetup setup{.blocks = file.size.value / driven.block.value, .block = driven.block, .seed = seed};
  return find(order_table(), driven.order)->make(setup, {});
}

// The engine's options: the benchmark's, and for the rest their defaults.
Options options_of(const EngineSpec& spec, const Driven& driven) {
  Options options = driven.options;
  for (const OptionSpec& option : spec.row.options) {
    const std::string name(option.name);
    if (options.all().contains(name)) continue;
    const std::string text(option.fallback);
    if (option.type == OptionType::integer) options.set(name, static_cast<std::uint64_t>(std::stoull(text)));
    if (option.type == OptionType::choice) options.set(name, text);
  }
  return options;
}

Result<> set_up(Worker& worker, const WarmFile& file, const Driven& driven) {
  const EngineSpec& spec = *find(engine_table(), driven.engine);
  const AccessSetup setup{.path = file.path,
                          .size = file.size,
                          .block = driven.block,
                          .consume = driven.consume,
                          .advice = driven.cold ? Advice::random : Advice::normal,
                          .start = driven.cold ? Start::cold : Start::warm,
                          .latency = driven.latency,
                          .content = file.seed,
                          .options = options_of(spec, driven),
                          .stop = &worker.stop};
  worker.engine = spec.make();
  if (auto ready = worker.engine->prepare(setup); !ready) return ready;
  if (auto begun = worker.engine->begin(); !begun) return begun;
  auto accessor = worker.engine->worker(0);
  if (!accessor) return propagate(std::move(accessor));
  worker.accessor = std::move(*accessor);
  if (driven.latency != Latency::off) {
    worker.recorder = std::make_unique<LatencyRecorder>(
        TickClock::calibrated(),
        LatencySetup{.meaning = spec.faults, .pages_per_access = driven.block.value / kPage.value});
    worker.recorder->reset(next_seed());
    worker.accessor->record_into(worker.recorder.get());
  }
  if (!driven.cold) {
    if (auto checked = check_by_pass(worker, file, driven); !checked) return checked;
  }
  worker.order = order_of(file, driven, worker.seed = next_seed());
  return {};
}

// Draws the order once more and adds what each of its blocks holds.
std::uint64_t expected_sum(const WarmFile& file, const Driven& driven, std::uint64_t seed,
                           std::uint64_t accesses) {
  const auto order = order_of(file, driven, seed);
  std::uint64_t sum = 0;
  std::array<std::uint64_t, 1> offset{};
  for (std::uint64_t i = 0; i < accesses; ++i) {
    order->fill(offset);
    sum += expected_checksum(file.seed, offset[0], driven.block, driven.consume == Consume::sum);
  }
  return sum;
}

}  // namespace

Result<WarmFile> make_cold_file(const std::string& path, Bytes size) {
  WarmFile file;
  file.path = path;
  file.size = size;
  auto fd = os::open_fd(path, O_RDWR | O_CREAT | O_TRUNC);
  if (!fd) return propagate(std::move(fd));
  file.fd = std::move(*fd);
  if (auto wrote = write_dataset(file); !wrote) return propagate(std::move(wrote));
  return file;
}

Result<WarmFile> make_warm_file(const std::string& path, Bytes size) {
  auto file = make_cold_file(path, size);
  if (!file) return file;
  auto mapping = os::Mapping::of_file(file->fd, size, PROT_READ, MAP_SHARED);
  if (!mapping) return propagate(std::move(mapping), path);
  file->mapping = std::move(*mapping);
  if (auto touched = fresh_view(*file); !touched) return propagate(std::move(touched));
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
  const auto loop = [&file](const char* name, std::uint64_t accesses, auto body) {
    return Loop{name, accesses, [&file, body](std::uint64_t n) -> Result<Seconds> {
                  auto view = fresh_view(file);
                  if (!view) return propagate(std::move(view));
                  return seconds_of([&] { return body(*view, n, next_seed()); });
                }};
  };
  const std::uint64_t pages = file.pages();
  const int fd = file.fd.get();
  return {loop("touch/bare", 4'000'000,
               [=](const View& view, std::uint64_t n, std::uint64_t seed) {
                 return bare_touch(view.base(), pages, n, seed);
               }),
          loop("copy/bare", 400'000,
               [=](const View& view, std::uint64_t n, std::uint64_t seed) {
                 return bare_copy(view.base(), pages, n, seed, view.page());
               }),
          loop("pread/bare", 200'000, [=](const View& view, std::uint64_t n, std::uint64_t seed) {
            return bare_pread(fd, pages, n, seed, view.page());
          })};
}

std::vector<Loop> bare_cold_loops(const WarmFile& file) {
  const auto loop = [&file](const char* name, auto body) {
    return Loop{name, kColdAccesses, [&file, body](std::uint64_t n) -> Result<Seconds> {
                  if (auto dropped = dataset::drop(file.path); !dropped) return propagate(std::move(dropped));
                  auto mapping = os::Mapping::of_file(file.fd, file.size, PROT_READ, MAP_SHARED);
                  if (!mapping) return propagate(std::move(mapping), file.path);
                  if (auto told = mapping->advise(MADV_RANDOM); !told) return propagate(std::move(told));
                  auto buffer = os::Mapping::anonymous(kPage);
                  if (!buffer) return propagate(std::move(buffer));
                  if (auto told = os::advise_file(file.fd, POSIX_FADV_RANDOM, file.path); !told)
                    return propagate(std::move(told));
                  const View view{std::move(*mapping), std::move(*buffer)};
                  return seconds_of([&] { return body(view, n, next_seed()); });
                }};
  };
  const std::uint64_t pages = file.pages();
  const int fd = file.fd.get();
  return {
      loop("cold_touch/bare", [=](const View& view, std::uint64_t n,
                                  std::uint64_t seed) { return bare_touch(view.base(), pages, n, seed); }),
      loop("cold_pread/bare", [=](const View& view, std::uint64_t n, std::uint64_t seed) {
        return bare_pread(fd, pages, n, seed, view.page());
      })};
}

std::vector<Loop> memory_loops(const WarmFile& file) {
  const auto memory = [&file]() -> Result<os::Mapping> {
    auto made = os::Mapping::anonymous_small(file.size);
    if (made) fill_content(file.seed, 0, made->bytes());
    return made;
  };
  const std::uint64_t pages = file.pages();
  const auto loop = [memory, pages](const char* name, auto body) {
    return Loop{name, pages, [memory, body](std::uint64_t) -> Result<Seconds> {
                  auto made = memory();
                  if (!made) return propagate(std::move(made));
                  return seconds_of([&] { return body(made->data()); });
                }};
  };
  return {
      loop("in_order/memory",
           [pages](std::byte* at) { return bare_sum(reinterpret_cast<const unsigned char*>(at), pages); }),
      loop("stream_copy/memory", [half = file.size.value / 2](std::byte* at) {
        auto* numbers = reinterpret_cast<double*>(at);
        bare_stream_copy(numbers, numbers + half / sizeof(double), half / sizeof(double));
        return numbers[0];
      })};
}

Loop faultlab_loop(const WarmFile& file, std::string name, Driven driven, std::uint64_t accesses) {
  const auto run = [&file, driven = std::move(driven)](std::uint64_t n) -> Result<Seconds> {
    Worker worker;
    if (driven.cold) {
      if (auto dropped = dataset::drop(file.path); !dropped) return propagate(std::move(dropped));
    }
    if (auto ready = set_up(worker, file, driven); !ready) return propagate(std::move(ready), driven.engine);
    Result<std::uint64_t> sum = 0;
    Watched watched;
    Seconds seconds = seconds_of([&] { return (sum = worker.run(n)).has_value(); });
    seconds.counted = watched.counted();
    if (!sum) return propagate(std::move(sum), driven.engine);
    if (driven.cold && *sum != expected_sum(file, driven, worker.seed, n))
      return fail("the checksum is wrong");
    return seconds;
  };
  return {std::move(name), accesses, run};
}

}  // namespace faultlab::micro
