// Probe `residency_map`: which parts of the dataset are in memory, at each tick of the time series.
#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "catalogue/probe_spec.hpp"
#include "dataset/dataset.hpp"
#include "measure/clock.hpp"
#include "os/file.hpp"

namespace faultlab {
namespace {

constexpr std::uint64_t kMostRanges = 128;  // as many as a figure can show
constexpr std::size_t kMostRows = 20'000;
// mincore(2) looks at every page (about 5 ms per GiB): no more than this at each tick.
constexpr Bytes kMostForMincore{std::uint64_t{1} << 30};

struct PageRun {
  std::uint64_t first;
  std::uint64_t pages;
};

// Equal ranges, but for the last.
std::vector<PageRun> ranges_of(std::uint64_t pages) {
  std::vector<PageRun> ranges;
  const std::uint64_t each = std::max<std::uint64_t>(1, (pages + kMostRanges - 1) / kMostRanges);
  for (std::uint64_t at = 0; at < pages; at += each) ranges.push_back({at, std::min(each, pages - at)});
  return ranges;
}

Result<os::Fd> open_only_file(const ProbeTarget& target) {
  if (target.files.empty()) return fail("the trial uses no file");
  if (target.files.size() > 1)
    return fail(fmt::format("a map is of one file, the trial has {}", target.files.size()));
  return dataset::open_to_ask(target.files.front().path);
}

class ResidencyMapProbe final : public Probe {
 public:
  explicit ResidencyMapProbe(const ProbeTarget& target)
      : target_(target),
        size_(target.files.empty() ? Bytes(0) : target.files.front().size),
        ranges_(ranges_of(pages_ceil(size_).value)),
        dataset_(open_only_file(target)) {}

  void before() override { add_row(); }
  void after() override {
    add_row();
    last_ = rows_.empty() ? Value(Missing{why_}) : Value::count(rows_.back().total());
    if (rows_.empty() || target_.run_folder.empty()) return;
    if (auto saved = save(); !saved) note_ = saved.error().what;
  }
  void sample(Sample&) override { add_row(); }

  void report(Readings& readings) const override {
    readings.push_back({"resident_pages_after", "residency_map", last_, std::nullopt, note_});
  }

 private:
  struct RowOfMap {
    std::int64_t t_ns;
    std::vector<std::uint64_t> resident;
    std::uint64_t total() const {
      std::uint64_t sum = 0;
      for (const std::uint64_t pages : resident) sum += pages;
      return sum;
    }
  };

  void add_row() {
    if (rows_.size() == kMostRows) {
      note_ = fmt::format("the map holds the first {} samples: it is bounded", kMostRows);
      return;
    }
    auto resident = look();
    if (!resident) {
      why_ = resident.error().what;
      return;
    }
    const std::uint64_t begin = target_.progress == nullptr ? 0 : target_.progress->window_begin.load();
    rows_.push_back({begin == 0 ? 0 : static_cast<std::int64_t>(now_ns() - begin), std::move(*resident)});
  }

  Result<std::vector<std::uint64_t>> look() const {
    if (!dataset_) return Failure(dataset_.error());
    std::vector<std::uint64_t> resident;
    for (const PageRun& range : ranges_) {
      const auto counts = dataset::cache_counts(*dataset_, Bytes(range.first * kPage.value),
                                                Bytes(range.pages * kPage.value));
      if (!counts) return look_at_each_page(counts.error());
      resident.push_back(counts->resident);
    }
    return resident;
  }

  Result<std::vector<std::uint64_t>> look_at_each_page(const Error& instead_of) const {
    if (size_ > kMostForMincore) return Failure(instead_of);
    const auto flags = dataset::resident_flags(*dataset_, size_);
    if (!flags) return Failure(flags.error());
    std::vector<std::uint64_t> resident;
    for (const PageRun& range : ranges_) {
      const auto at = flags->begin() + static_cast<std::ptrdiff_t>(range.first);
      resident.push_back(
          static_cast<std::uint64_t>(std::count(at, at + static_cast<std::ptrdiff_t>(range.pages), true)));
    }
    return resident;
  }

  Result<> save() const {
    std::string text = "t_ns";
    for (const PageRun& range : ranges_) {
      text += fmt::format(",pages_{}_{}", range.first, range.first + range.pages - 1);
    }
    for (const RowOfMap& row : rows_) text += fmt::format("\n{},{}", row.t_ns, fmt::join(row.resident, ","));
    text += "\n";
    if (auto made = os::make_folders(target_.run_folder + "/series"); !made) return made;
    return os::replace_file(
        fmt::format("{}/series/{:05}.residency.csv", target_.run_folder, target_.sequence), text);
  }

  ProbeTarget target_;
  Bytes size_;
  std::vector<PageRun> ranges_;
  Result<os::Fd> dataset_;
  std::vector<RowOfMap> rows_;
  std::string why_;
  std::string note_;
  Value last_ = Missing{"the window never closed"};
};

}  // namespace

extern const ProbeSpec residency_map_probe;
const ProbeSpec residency_map_probe = {
    {.name = "residency_map", .summary = "pages of each of 128 parts of the dataset in memory, at each tick"},
    ProbeSide::parent,
    [](const ProbeTarget& target) -> std::unique_ptr<Probe> {
      return std::make_unique<ResidencyMapProbe>(target);
    },
    ProbeKind::tracer};

}  // namespace faultlab
