// The kernel itself reaches into a mapping of a file that is not in memory.
#include <fcntl.h>
#include <fmt/format.h>

#include "os/file.hpp"
#include "scenario/file_touch.hpp"

namespace faultlab {
namespace {

using scenario::exactly;

constexpr scenario::TouchPlan kCold = {.cold = true, .advice = MADV_RANDOM};

// Writes the mapping's bytes into another nameless file of the same folder.
class WriteOut : public scenario::FileTouch {
 public:
  explicit WriteOut(int open_flags) : FileTouch(kCold), open_flags_(open_flags) {}
  Result<> act() noexcept override {
    return os::write_at(target_, region_.data(), pages() * kPage.value, 0, name_);
  }
  std::string verify() override {
    sum_ = 0;
    for (std::uint64_t page = 0; page < pages(); ++page) {
      std::uint64_t word = 0;
      auto got = os::read_at(sink_->fd(), &word, sizeof word, page * kPage.value, name_);
      if (!got) return got.error().what;
      sum_ += word;
    }
    return FileTouch::verify();
  }

 private:
  Result<> set_up() override {
    auto sink = scenario::FileGround::make(ground_, scenario::Fill::allocated);
    if (!sink) return propagate(std::move(sink));
    sink_ = std::move(*sink);
    name_ = fmt::format("/proc/self/fd/{}", sink_->fd().get());
    auto target = os::open_fd(name_, O_RDWR | open_flags_);
    if (!target) {
      return Failure(
          Error{std::move(target).error().what, "use a file system with O_DIRECT", target.error().code});
    }
    target_ = std::move(*target);
    return {};
  }

  int open_flags_;
  std::optional<scenario::FileGround> sink_;
  os::Fd target_;
  std::string name_;
};

class Write : public WriteOut {
 public:
  Write() : WriteOut(0) {}
  Result<Forecast> forecast() override {
    Forecast forecast;
    forecast.major = forecast.misses = forecast.kernel_major = exactly(pages());
    // mm/filemap.c: generic_perform_write copies with page faults disabled, and brings a page in where
    // that stops short: up to one try per page before it is there, and one more at the piece after.
    forecast.failed_copies = Range(0, static_cast<std::int64_t>(2 * pages()));
    forecast.rule =
        "write(2) faults each page in in kernel mode; copies that were tried before are seen by the "
        "tracepoint";
    return forecast;
  }
};

class DirectWrite : public WriteOut {
 public:
  DirectWrite() : WriteOut(O_DIRECT) {}
  Result<Forecast> forecast() override {
    Forecast forecast;
    forecast.major = forecast.misses = forecast.direct_major = exactly(pages());
    forecast.rule = "O_DIRECT pins the pages through get_user_pages, which traps for nothing (mm/gup.c)";
    return forecast;
  }
};

}  // namespace

extern const ScenarioSpec file_write_from_cold_scenario, file_direct_write_from_cold_scenario;

const ScenarioSpec file_write_from_cold_scenario{
    {"file_write_from_cold", "write(2) from the mapping of a file that is not in memory, MADV_RANDOM"},
    true,
    scenario::make_scenario<Write>};
const ScenarioSpec file_direct_write_from_cold_scenario{
    {"file_direct_write_from_cold", "the same with O_DIRECT: the faults of get_user_pages"},
    true,
    scenario::make_scenario<DirectWrite>};

}  // namespace faultlab
