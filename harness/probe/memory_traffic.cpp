// Probe `memory_traffic`: bytes between the processor and memory, by the memory controllers' own counters.
#include <cmath>
#include <optional>
#include <vector>

#include "host/memory_controllers.hpp"
#include "os/perf_event.hpp"
#include "probe/threads.hpp"

namespace faultlab {
namespace {

// The events of one direction, on every controller and socket.
class Traffic {
 public:
  static Result<Traffic> begin(const std::vector<host::ControllerEvent>& events, bool writes) {
    Traffic traffic;
    for (const host::ControllerEvent& each : events) {
      if (each.writes != writes) continue;
      for (const int cpu : each.cpus) {
        auto event = os::PerfEvent::open(os::perf_attributes(each.type, each.config),
                                         {.thread = -1, .cpu = cpu}, each.name);
        if (!event) return propagate(std::move(event));
        traffic.counters_.push_back({std::move(*event), each.bytes_each});
      }
    }
    return traffic;
  }

  Value bytes() const {
    double sum = 0;
    for (const Counter& each : counters_) {
      const auto count = each.event.count();
      if (!count) return Missing{reason_of(count.error())};
      sum += static_cast<double>(*count) * each.bytes_each;
    }
    return Value::count(static_cast<std::uint64_t>(std::llround(sum)));
  }

 private:
  struct Counter {
    os::PerfEvent event;
    double bytes_each;
  };
  std::vector<Counter> counters_;
};

class MemoryTrafficProbe final : public Probe {
 public:
  explicit MemoryTrafficProbe(const ProbeTarget& target) : root_(target.root) {}

  void before() override {
    const auto events = host::memory_controller_events(root_);
    for (Direction* each : {&read_, &written_}) {
      auto traffic = events ? Traffic::begin(*events, each == &written_) : Failure(events.error());
      if (traffic) {
        each->traffic.emplace(std::move(*traffic));
      } else {
        each->bytes = Missing{reason_of(traffic.error())};
      }
    }
  }

  void after() override {
    for (Direction* each : {&read_, &written_}) {
      if (each->traffic) each->bytes = each->traffic->bytes();
      each->traffic.reset();
    }
  }

  void report(Readings& readings) const override {
    readings.push_back({"memory_read_bytes", "memory_traffic", read_.bytes});
    readings.push_back({"memory_written_bytes", "memory_traffic", written_.bytes});
  }

 private:
  struct Direction {
    std::optional<Traffic> traffic;
    Value bytes = Missing{"the window never opened"};
  };
  std::string root_;
  Direction read_;
  Direction written_;
};

}  // namespace

extern const ProbeSpec memory_traffic_probe;
const ProbeSpec memory_traffic_probe = {
    {.name = "memory_traffic",
     .summary = "perf events of the memory controllers: bytes read from and written to memory, by the whole "
                "host, where it has such counters"},
    ProbeSide::parent,
    [](const ProbeTarget& target) -> std::unique_ptr<Probe> {
      return std::make_unique<MemoryTrafficProbe>(target);
    },
    ProbeKind::tracer};

}  // namespace faultlab
