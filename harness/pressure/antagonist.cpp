// Pressure `antagonist`: a neighbour process that keeps storing into memory of its own while the trial works.
#include <sys/mman.h>

#include <array>
#include <new>
#include <optional>
#include <string>

#include "catalogue/pressure_spec.hpp"
#include "host/cgroup.hpp"
#include "os/fd.hpp"
#include "os/mapping.hpp"
#include "os/process.hpp"
#include "pressure/antagonist_process.hpp"

namespace faultlab {
namespace {

constexpr auto kPlaces = std::to_array<std::string_view>({"inside", "beside"});

constexpr auto kOptions = std::to_array<OptionSpec>({
    {.name = "size",
     .type = OptionType::size,
     .fallback = "",
     .meaning = "of its memory, anonymous, in 4 KiB pages",
     .minimum = 1024.0 * 1024},
    {.name = "pages_per_second",
     .type = OptionType::integer,
     .fallback = "100000",
     .meaning = "how many pages it stores into, at the most",
     .minimum = 1,
     .maximum = 1e9},
    {.name = "place",
     .type = OptionType::choice,
     .fallback = "inside",
     .meaning = "inside the trial's cgroup, under its limit, or beside it, under none",
     .choices = kPlaces},
});

class Antagonist final : public Pressure {
 public:
  Result<Achieved> apply(const PressureRequest& request, const Options& options) override {
    const Bytes size = bytes_of(pages_ceil(options.bytes("size")));
    const bool inside = options.text("place") == "inside";
    if (inside && request.cgroup == nullptr) {
      return fail("put a neighbour into the trial's cgroup: this host gives it none",
                  "write \"place\": \"beside\", or see `faultlab doctor` for what is missing");
    }
    if (auto made = make_page(); !made) return propagate(std::move(made));
    auto entrance = inside ? request.cgroup->entrance() : Result<os::Fd>(os::Fd());
    if (!entrance) return propagate(std::move(entrance));
    auto child = os::Child::spawn({.program = os::kOwnProgram,
                                   .arguments = {"faultlab", kAntagonistWord, std::to_string(size.value),
                                                 std::to_string(options.integer("pages_per_second"))},
                                   .descriptors = {{memory_.get(), kAntagonistFd}},
                                   .cgroup_entrance = entrance->get()});
    if (!child) return propagate(std::move(child), "start the antagonist");
    child_.emplace(std::move(*child));
    return Achieved{"size", size, false};
  }

  void begin() override { page_->go.store(1); }
  // Its memory goes with it, before anything else is read.
  void end() override { child_.reset(); }

  void report(Readings& readings) const override {
    const Value done = page_ == nullptr ? Value(Missing{"the antagonist never started"})
                                        : Value::count(page_->accesses.load());
    readings.push_back({"antagonist_accesses", "antagonist", done});
  }

 private:
  Result<> make_page() {
    auto memory = os::make_memfd("faultlab-antagonist", Bytes(sizeof(AntagonistPage)));
    if (!memory) return propagate(std::move(memory));
    auto mapping =
        os::Mapping::of_file(*memory, Bytes(sizeof(AntagonistPage)), PROT_READ | PROT_WRITE, MAP_SHARED);
    if (!mapping) return propagate(std::move(mapping));
    memory_ = std::move(*memory);
    mapping_ = std::move(*mapping);
    page_ = new (mapping_.data()) AntagonistPage{};  // touched here: charged to us
    return {};
  }

  os::Fd memory_;
  os::Mapping mapping_;
  AntagonistPage* page_ = nullptr;
  std::optional<os::Child> child_;  // last: it ends before what it uses
};

}  // namespace

extern const PressureSpec antagonist_pressure;
const PressureSpec antagonist_pressure = {
    {.name = "antagonist",
     .summary = "a neighbour process that stores into memory of its own, at a stated rate, during the window",
     .options = kOptions},
    [](const Options&) { return kNoLimit; },
    [] { return std::unique_ptr<Pressure>(std::make_unique<Antagonist>()); }};

}  // namespace faultlab
