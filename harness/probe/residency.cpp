// Residency of the dataset at both ends of the window.
#include "probe/residency.hpp"

#include "dataset/dataset.hpp"

namespace faultlab {
namespace {

// Looking at more than so many takes a noticeable part of a tick.
constexpr std::size_t kMostSampled = 1024;

class ResidencyProbe final : public Probe {
 public:
  ResidencyProbe(std::string_view source, Sampled sampled, const ProbeTarget& target, CountResident count,
                 std::vector<ResidencyGauge> gauges)
      : source_(source),
        sampled_(sampled),
        files_(target.files),
        count_(std::move(count)),
        gauges_(std::move(gauges)),
        gauge_values_(gauges_.size(), Missing{"the window never closed"}) {}

  void before() override { before_ = now(); }
  void after() override {
    after_ = now();
    for (std::size_t i = 0; i < gauges_.size(); ++i) gauge_values_[i] = ask(gauges_[i].count);
  }

  void report(Readings& readings) const override {
    readings.push_back({"resident_pages_before", std::string(source_), before_});
    readings.push_back({"resident_pages_after", std::string(source_), after_});
    for (std::size_t i = 0; i < gauges_.size(); ++i) {
      readings.push_back({std::string(gauges_[i].metric), std::string(source_), gauge_values_[i]});
    }
  }

  void sample(Sample& row) override {
    if (sampled_ == Sampled::yes && files_.size() <= kMostSampled) row.emplace_back("resident_pages", now());
  }

 private:
  Value ask(const CountResident& count) const {
    if (files_.empty()) return Missing{"the trial uses no file"};
    Value total = Value::count(0);
    for (const DataFile& file : files_) {
      const auto fd = dataset::open_to_ask(file.path);
      total = total + (fd ? count(*fd, file.size) : Value(Missing{fd.error().what}));
    }
    return total;
  }
  Value now() const { return ask(count_); }

  std::string_view source_;
  Sampled sampled_;
  std::vector<DataFile> files_;
  CountResident count_;
  std::vector<ResidencyGauge> gauges_;
  std::vector<Value> gauge_values_;
  Value before_ = Missing{"the window never opened"};
  Value after_ = Missing{"the window never closed"};
};

}  // namespace

std::unique_ptr<Probe> make_residency_probe(std::string_view source, Sampled sampled,
                                            const ProbeTarget& target, CountResident count,
                                            std::vector<ResidencyGauge> gauges) {
  return std::make_unique<ResidencyProbe>(source, sampled, target, std::move(count), std::move(gauges));
}

}  // namespace faultlab
