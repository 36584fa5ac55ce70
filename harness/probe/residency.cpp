// Residency of the dataset at both ends of the window.
#include "probe/residency.hpp"

#include <fcntl.h>

namespace faultlab {
namespace {

class ResidencyProbe final : public Probe {
 public:
  ResidencyProbe(std::string_view source, Sampled sampled, const ProbeTarget& target, CountResident count)
      : source_(source),
        sampled_(sampled),
        size_(target.dataset_size),
        dataset_(target.dataset_path.empty() ? Result<os::Fd>(fail("the trial uses no file"))
                                             : os::open_fd(target.dataset_path, O_RDWR)),
        count_(std::move(count)) {}

  void before() override { before_ = now(); }
  void after() override { after_ = now(); }

  void report(Readings& readings) const override {
    readings.push_back({"resident_pages_before", std::string(source_), before_});
    readings.push_back({"resident_pages_after", std::string(source_), after_});
  }

  void sample(Sample& row) override {
    if (sampled_ == Sampled::yes) row.emplace_back("resident_pages", now());
  }

 private:
  Value now() const { return dataset_ ? count_(*dataset_, size_) : Value(Missing{dataset_.error().what}); }

  std::string_view source_;
  Sampled sampled_;
  Bytes size_;
  Result<os::Fd> dataset_;
  CountResident count_;
  Value before_ = Missing{"the window never opened"};
  Value after_ = Missing{"the window never closed"};
};

}  // namespace

std::unique_ptr<Probe> make_residency_probe(std::string_view source, Sampled sampled,
                                            const ProbeTarget& target, CountResident count) {
  return std::make_unique<ResidencyProbe>(source, sampled, target, std::move(count));
}

}  // namespace faultlab
