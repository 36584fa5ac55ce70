// Probe `copy_functions`: what the functions in which the kernel copies return to the trial's processes.
#include <array>
#include <optional>
#include <string>

#include "os/bpf.hpp"
#include "probe/copying.bpf.h"
#include "probe/embedded.hpp"
#include "probe/subject.hpp"
#include "probe/threads.hpp"

namespace faultlab {
namespace {

constexpr std::string_view kCopySource = "copy_functions";

struct CopyProgram {
  const char* program;
  const char* function;
  // A kernel without such file systems lacks it, and copies nothing there. Of the others one that is not
  // found is an error: what nobody looked at is not 0.
  bool optional = false;
};
constexpr auto kCopyPrograms =
    std::to_array<CopyProgram>({{"on_file_read", "filemap_read"},
                                {"on_shmem_read", "shmem_file_read_iter", true},
                                {"on_tcp_send", "tcp_sendmsg_locked"},
                                {"on_datagram", "skb_copy_datagram_from_iter"},
                                {"on_pipe_write", "pipe_write"},
                                {"on_file_write", "generic_perform_write"},
                                {"on_iomap_write", "iomap_file_buffered_write", true},
                                {"on_looped", "skb_copy_ubufs"}});

bool is_wanted(const CopyProgram& each) { return !each.optional || os::kernel_has_function(each.function); }

class CopyWatch {
 public:
  static Result<CopyWatch> begin(const ProbeTarget& target) {
    auto object = os::BpfObject::open(copying_program, "faultlab_copying");
    if (!object) return propagate(std::move(object));
    for (const CopyProgram& each : kCopyPrograms) {
      if (!is_wanted(each)) object->leave_out(each.program);
    }
    if (auto loaded = object->load(); !loaded) return propagate(std::move(loaded));
    CopyWatch watch(std::move(*object));
    if (auto told = watch.watch(target); !told) return propagate(std::move(told));
    for (const CopyProgram& each : kCopyPrograms) {
      if (!is_wanted(each)) continue;
      if (auto attached = watch.object_.attach(each.program); !attached)
        return propagate(std::move(attached));
    }
    return watch;
  }

  Result<faultlab_copied> seen() const {
    faultlab_copied copied{};
    if (auto got = object_.get("copied", std::uint32_t{0}, copied); !got) return propagate(std::move(got));
    return copied;
  }

 private:
  explicit CopyWatch(os::BpfObject object) : object_(std::move(object)) {}

  Result<> watch(const ProbeTarget& target) {
    const auto subject = subject_of(target);
    if (!subject) return Failure(subject.error());
    if (auto put = object_.put("subject", std::uint32_t{0}, *subject); !put) return put;
    for (const pid_t process : processes_of(target)) {
      const auto key = static_cast<std::uint32_t>(process);
      if (auto put = object_.put("processes", key, std::uint32_t{1}); !put) return put;
    }
    return {};
  }

  os::BpfObject object_;
};

class CopyFunctionsProbe final : public Probe {
 public:
  explicit CopyFunctionsProbe(const ProbeTarget& target) : target_(target) {}

  void before() override {
    auto watch = CopyWatch::begin(target_);
    if (watch) {
      watch_.emplace(std::move(*watch));
    } else {
      copied_ = propagate(std::move(watch));
    }
  }

  void after() override {
    if (!watch_) return;
    copied_ = watch_->seen();
    watch_.reset();
  }

  void report(Readings& readings) const override {
    const auto put = [&](const char* metric, unsigned long long faultlab_copied::*field) {
      readings.push_back(
          {metric, std::string(kCopySource),
           copied_ ? Value::count((*copied_).*field) : Value(Missing{reason_of(copied_.error())})});
    };
    put("copied_out_bytes", &faultlab_copied::out_bytes);
    put("copied_in_bytes", &faultlab_copied::in_bytes);
    put("copied_looped_bytes", &faultlab_copied::looped_bytes);
  }

 private:
  ProbeTarget target_;
  std::optional<CopyWatch> watch_;
  Result<faultlab_copied> copied_ = fail("the window never opened");
};

}  // namespace

extern const ProbeSpec copy_functions_probe;
const ProbeSpec copy_functions_probe = {
    {.name = "copy_functions",
     .summary = "BPF at the functions in which the kernel copies: how much for the trial's processes, where "
                "the kernel lets its functions be traced"},
    ProbeSide::parent,
    [](const ProbeTarget& target) -> std::unique_ptr<Probe> {
      return std::make_unique<CopyFunctionsProbe>(target);
    },
    ProbeKind::tracer};

}  // namespace faultlab
