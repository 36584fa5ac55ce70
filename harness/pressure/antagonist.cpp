// Pressure `antagonist`: a neighbour process that keeps using memory of its own while the trial works.
#include <fcntl.h>

#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "catalogue/pressure_spec.hpp"
#include "dataset/dataset.hpp"
#include "host/cgroup.hpp"
#include "os/fd.hpp"
#include "os/process.hpp"
#include "pressure/antagonist_process.hpp"
#include "pressure/shared_page.hpp"

namespace faultlab {
namespace {

constexpr auto kPlaces = std::to_array<std::string_view>({"inside", "beside"});

constexpr auto kTouched = std::to_array<std::string_view>({"memory", "file"});

// Of the file that it scans: another one than any dataset's of the same size.
constexpr std::uint64_t kSeed = 0x6E65'6967'6862;
constexpr Bytes kWriteChunk{std::uint64_t{1} << 20};

constexpr auto kAntagonistOptions = std::to_array<OptionSpec>({
    {.name = "size",
     .type = OptionType::size,
     .fallback = "",
     .meaning = "of its memory, anonymous, in 4 KiB pages; or of its file",
     .minimum = 1024.0 * 1024},
    {.name = "pages_per_second",
     .type = OptionType::integer,
     .fallback = "100000",
     .meaning = "how many pages it stores into, or reads, at the most",
     .minimum = 1,
     .maximum = 1e9},
    {.name = "touches",
     .type = OptionType::choice,
     .fallback = "memory",
     .meaning = "memory: it stores into memory of its own; file: it reads a file of its own, first to last",
     .choices = kTouched},
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
    const bool scans = options.text("touches") == "file";
    auto file = scans ? file_to_scan(request, size) : Result<os::Fd>(os::Fd());
    if (!file) return propagate(std::move(file));
    auto shared = SharedPage<AntagonistPage>::make("faultlab-antagonist");
    if (!shared) return propagate(std::move(shared));
    shared_ = std::move(*shared);
    auto entrance = inside ? request.cgroup->entrance() : Result<os::Fd>(os::Fd());
    if (!entrance) return propagate(std::move(entrance));
    std::vector<std::pair<int, int>> descriptors = {{shared_.fd().get(), kAntagonistFd}};
    if (scans) descriptors.emplace_back(file->get(), kAntagonistFileFd);
    auto child = os::Child::spawn(
        {.program = os::kOwnProgram,
         .arguments = {"faultlab", kAntagonistWord, std::to_string(size.value),
                       std::to_string(options.integer("pages_per_second")), scans ? "file" : "memory"},
         .descriptors = std::move(descriptors),
         .cgroup_entrance = entrance->get()});
    if (!child) return propagate(std::move(child), "start the antagonist");
    child_.emplace(std::move(*child));
    return Achieved{"size", size, false};
  }

  void begin() override { shared_.page().go.store(1); }
  // Its memory goes with it, before anything else is read.
  void end() override { child_.reset(); }

  void report(Readings& readings) const override {
    const Value done = shared_.held() ? Value::count(shared_.page().accesses.load())
                                      : Value(Missing{"the antagonist never started"});
    readings.push_back({"antagonist_accesses", "antagonist", done});
  }

 private:
  // The file that it scans: known content like any dataset's, kept in the data folder as they are.
  static Result<os::Fd> file_to_scan(const PressureRequest& request, Bytes size) {
    const config::Dataset dataset{
        .size = size, .write_chunk = kWriteChunk, .medium = {"host", {}}, .seed = kSeed};
    auto made = dataset::ensure(dataset, request.data_folder, dataset::kReserve, request.journal,
                                [] { return false; });
    if (!made) return propagate(std::move(made), "make the file that the antagonist scans");
    if (auto dropped = dataset::drop(made->path); !dropped) return propagate(std::move(dropped));
    return os::open_fd(made->path, O_RDONLY);
  }

  SharedPage<AntagonistPage> shared_;
  std::optional<os::Child> child_;  // last: it ends before what it uses
};

}  // namespace

extern const PressureSpec antagonist_pressure;
const PressureSpec antagonist_pressure = {
    {.name = "antagonist",
     .summary = "a neighbour process that stores into memory of its own, or scans a file of its own, at a "
                "stated rate, "
                "during the window",
     .options = kAntagonistOptions},
    [](const Options&) { return kNoLimit; },
    [] { return std::unique_ptr<Pressure>(std::make_unique<Antagonist>()); }};

}  // namespace faultlab
