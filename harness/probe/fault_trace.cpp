// Probe `fault_trace`: every fault of the trial, with time, address, thread, kind, mode and instruction.
#include <fmt/format.h>

#include <chrono>
#include <optional>
#include <thread>

#include "measure/progress.hpp"
#include "os/file.hpp"
#include "probe/fault_rings.hpp"
#include "probe/threads.hpp"

namespace faultlab {
namespace {

// Between two looks at the rings. Their size (kLargestRing) leaves room for thirty of these.
constexpr std::chrono::milliseconds kPause{5};

class FaultTraceProbe final : public Probe {
 public:
  explicit FaultTraceProbe(const ProbeTarget& target) : target_(target) {}

  void before() override {
    if (auto opened = open(); !opened) {
      missing_ = Missing{reason_of(opened.error())};
      return;
    }
    missing_.reset();
    regions_ = regions_now();
    // It inherits the observer's binding to a CPU that the workers leave free, where there is one.
    reader_ = std::jthread([this](const std::stop_token& stop) {
      while (!stop.stop_requested()) {
        std::this_thread::sleep_for(kPause);
        drain();
      }
    });
  }

  void after() override {
    if (missing_) return;
    reader_.request_stop();
    reader_.join();
    if (auto closed = close(); !closed) missing_ = Missing{reason_of(closed.error())};
    rings_.reset();
  }

  void report(Readings& readings) const override {
    const auto put = [&](const char* metric, std::uint64_t count, std::string note) {
      readings.push_back({metric, "fault_trace", missing_ ? Value(*missing_) : Value::count(count),
                          std::nullopt, std::move(note)});
    };
    std::string note = fmt::format("{} minor, {} major", minor_, major_);
    if (!file_name_.empty()) note += ", in " + file_name_;
    if (!incomplete_.empty()) note += "; " + incomplete_;
    put("traced_faults", minor_ + major_, std::move(note));
    put("lost_fault_samples", lost_, "");
    readings.push_back({"failed_faults", "fault_trace", missing_ ? Value(*missing_) : failed_});
  }

 private:
  Result<> open() {
    if (processes_of(target_).size() > 1)
      return fail("addresses of several processes are not told apart", "use workload.threads");
    auto threads = threads_of(target_);
    if (!threads) return propagate(std::move(threads));
    auto rings = FaultRings::open(*threads);
    if (!rings) return propagate(std::move(rings));
    incomplete_ = rings->note();
    if (!target_.run_folder.empty()) {
      file_name_ = fmt::format("faults/{:05}.faults", target_.sequence);
      if (auto made = os::make_folders(target_.run_folder + "/faults"); !made) return made;
      auto file = FaultFile::create(target_.run_folder + "/" + file_name_);
      if (!file) return propagate(std::move(file));
      file_ = std::move(*file);
    }
    rings_ = std::move(*rings);
    return {};
  }

  void drain() {
    rings_->drain([this](const FaultRecord& record) {
      ++(record.kind == FaultKind::minor ? minor_ : major_);
      if (file_) file_->append(record);
    });
    if (file_) file_->flush(moment(&ProgressPage::window_begin));
  }

  // LOST records of the rings undercount: the last ones find no room themselves.
  Result<> close() {
    if (auto stopped = rings_->stop(); !stopped) return stopped;
    drain();
    const auto counted = rings_->counted();
    if (!counted) return Failure(counted.error());
    lost_ = *counted - (minor_ + major_);
    failed_ = rings_->failed();
    if (!file_) return {};
    // A trial that has died has no regions any more: those before the window stand.
    if (auto now = regions_now(); !now.empty()) regions_ = std::move(now);
    FaultFileHeader header;
    header.lost = lost_;
    header.window_begin_ns = moment(&ProgressPage::window_begin);
    header.window_end_ns = moment(&ProgressPage::window_end);
    header.process = static_cast<std::uint32_t>(target_.pid);
    header.flags = rings_->flags();
    return file_->finish(header, regions_);
  }

  std::vector<Region> regions_now() const {
    const auto maps = os::read_text(fmt::format("/proc/{}/maps", target_.pid));
    return maps ? parse_maps(*maps) : std::vector<Region>{};
  }

  std::uint64_t moment(std::atomic<std::uint64_t> ProgressPage::*field) const {
    return target_.progress == nullptr ? 0 : (target_.progress->*field).load();
  }

  ProbeTarget target_;
  std::optional<Missing> missing_ = Missing{"the window never opened"};
  std::string incomplete_;
  std::string file_name_;
  std::vector<Region> regions_;
  std::uint64_t lost_ = 0;
  Value failed_ = Missing{"the window never opened"};

  // The reader thread's while it runs.
  std::optional<FaultRings> rings_;
  std::optional<FaultFile> file_;
  std::uint64_t minor_ = 0;
  std::uint64_t major_ = 0;
  std::jthread reader_;
};

}  // namespace

extern const ProbeSpec fault_trace_probe;
const ProbeSpec fault_trace_probe = {
    {.name = "fault_trace",
     .summary = "perf samples: every fault with time, address and thread, into a file"},
    ProbeSide::parent,
    [](const ProbeTarget& target) -> std::unique_ptr<Probe> {
      return std::make_unique<FaultTraceProbe>(target);
    },
    ProbeKind::tracer};

}  // namespace faultlab
