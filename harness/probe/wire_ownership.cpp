// Probe `wire_ownership`: of what the trial hands to network devices, how much lies in the dataset's own
// pages.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/syscall.h>

#include <array>
#include <optional>

#include "os/bpf.hpp"
#include "os/socket.hpp"
#include "probe/embedded.hpp"
#include "probe/subject.hpp"
#include "probe/threads.hpp"
#include "probe/wire.bpf.h"

namespace faultlab {
namespace {

constexpr std::string_view kWireSource = "wire_ownership";
constexpr std::array<const char*, 3> kWirePrograms = {"on_xmit", "on_enter", "on_exit"};
// Since Linux 6.3; without it, sockets that are opened while the probe watches are not known as the trial's.
constexpr const char* kSendTracepoint = "sock_send_length";
constexpr const char* kSendProgram = "on_send";

struct WireSeen {
  faultlab_wire_socket ours{};  // summed
  faultlab_wire_totals totals{};
};

class WireWatch {
 public:
  static Result<WireWatch> begin(const ProbeTarget& target);
  Result<WireSeen> seen() const;

 private:
  explicit WireWatch(os::BpfObject object) : object_(std::move(object)) {}
  Result<> attach();
  Result<> watch(const ProbeTarget& target);
  os::BpfObject object_;
};

constexpr faultlab_wire_reads kReads = {.direct_flag = O_DIRECT,
                                        .calls = {SYS_read, SYS_pread64, SYS_readv, SYS_preadv, SYS_preadv2}};

Result<WireWatch> WireWatch::begin(const ProbeTarget& target) {
  auto object = os::BpfObject::open(wire_program, "faultlab_wire");
  if (!object) return propagate(std::move(object));
  if (!os::kernel_has_tracepoint(kSendTracepoint)) object->leave_out(kSendProgram);
  if (auto loaded = object->load(); !loaded) return propagate(std::move(loaded));
  WireWatch watch(std::move(*object));
  if (auto told = watch.watch(target); !told) return propagate(std::move(told));
  if (auto attached = watch.attach(); !attached) return propagate(std::move(attached));
  return watch;
}

Result<> WireWatch::watch(const ProbeTarget& target) {
  const auto subject = subject_of(target);
  if (!subject) return Failure(subject.error());
  const std::uint32_t only = 0;
  if (auto put = object_.put("subject", only, *subject); !put) return put;
  if (auto put = object_.put("reads", only, kReads); !put) return put;
  for (const pid_t process : processes_of(target)) {
    const auto cookies = os::socket_cookies(process);
    if (!cookies) return Failure(cookies.error());
    for (const std::uint64_t cookie : *cookies) {
      if (auto put = object_.put("cookies", cookie, std::uint32_t{1}); !put) return put;
    }
  }
  return {};
}

Result<> WireWatch::attach() {
  for (const char* program : kWirePrograms) {
    if (auto attached = object_.attach(program); !attached) return attached;
  }
  return os::kernel_has_tracepoint(kSendTracepoint) ? object_.attach(kSendProgram) : Result<>();
}

Result<WireSeen> WireWatch::seen() const {
  WireSeen seen;
  const auto sockets = object_.entries<std::uint64_t, faultlab_wire_socket>("sockets");
  if (!sockets) return Failure(sockets.error());
  for (const faultlab_wire_socket& each : *sockets) {
    if (each.ours == 0) continue;
    seen.ours.source_bytes += each.source_bytes;
    seen.ours.other_bytes += each.other_bytes;
    seen.ours.header_bytes += each.header_bytes;
    seen.ours.again_bytes += each.again_bytes;
  }
  const std::uint32_t only = 0;
  if (auto got = object_.get("totals", only, seen.totals); !got) return propagate(std::move(got));
  if (seen.totals.lost > 0) {
    return fail(
        fmt::format("{} packets of this host found no room in the table of sockets", seen.totals.lost),
        "run on a host with fewer connections");
  }
  return seen;
}

class WireOwnershipProbe final : public Probe {
 public:
  explicit WireOwnershipProbe(const ProbeTarget& target) : target_(target) {}

  void before() override {
    auto watch = WireWatch::begin(target_);
    if (watch) {
      watch_.emplace(std::move(*watch));
    } else {
      seen_ = propagate(std::move(watch));
    }
  }

  void after() override {
    if (!watch_) return;
    seen_ = watch_->seen();
    watch_.reset();
  }

  void report(Readings& readings) const override {
    const auto put = [&](const char* metric, auto value) {
      readings.push_back({metric, std::string(kWireSource),
                          seen_ ? Value::count(value(*seen_)) : Value(Missing{reason_of(seen_.error())})});
    };
    put("wire_source_bytes", [](const WireSeen& s) { return s.ours.source_bytes; });
    put("wire_other_bytes", [](const WireSeen& s) { return s.ours.other_bytes; });
    put("wire_header_bytes", [](const WireSeen& s) { return s.ours.header_bytes; });
    put("wire_again_bytes", [](const WireSeen& s) { return s.ours.again_bytes; });
    put("buffered_read_bytes", [](const WireSeen& s) { return s.totals.buffered_read_bytes; });
  }

 private:
  ProbeTarget target_;
  std::optional<WireWatch> watch_;
  Result<WireSeen> seen_ = fail("the window never opened");
};

}  // namespace

extern const ProbeSpec wire_ownership_probe;
const ProbeSpec wire_ownership_probe = {
    {.name = "wire_ownership",
     .summary = "BPF: bytes handed to network devices, in the dataset's own pages or elsewhere, and bytes of "
                "buffered reads; slows system calls and packets a little"},
    ProbeSide::parent,
    [](const ProbeTarget& target) -> std::unique_ptr<Probe> {
      return std::make_unique<WireOwnershipProbe>(target);
    },
    ProbeKind::tracer};

}  // namespace faultlab
