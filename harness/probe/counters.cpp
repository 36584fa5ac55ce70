// The common face of counter probes.
#include "probe/counters.hpp"

#include <fmt/format.h>

#include <charconv>

namespace faultlab {
namespace {

class CounterProbe final : public Probe {
 public:
  CounterProbe(std::string_view source, Sampled sampled, ReadCounters read)
      : source_(source), sampled_(sampled), read_(std::move(read)) {}

  void before() override { before_ = read_(); }
  void after() override { after_ = read_(); }

  void report(Readings& readings) const override {
    for (std::size_t i = 0; i < after_.size(); ++i) {
      const Counter& end = after_[i];
      readings.push_back(
          {std::string(end.metric), std::string(source_), change(i, end), end.within, end.note});
    }
  }

  void sample(Sample& row) override {
    if (sampled_ == Sampled::no) return;
    const Counters now = read_();
    for (std::size_t i = 0; i < now.size(); ++i) row.emplace_back(now[i].metric, change(i, now[i]));
  }

 private:
  Value change(std::size_t i, const Counter& now) const {
    return now.kind == Counter::Kind::gauge ? now.value : now.value - before_[i].value;
  }

  std::string_view source_;
  Sampled sampled_;
  ReadCounters read_;
  Counters before_;
  Counters after_;
};

}  // namespace

std::unique_ptr<Probe> make_counter_probe(std::string_view source, Sampled sampled, ReadCounters read) {
  return std::make_unique<CounterProbe>(source, sampled, std::move(read));
}

Counters sum_of(const std::vector<Counters>& each) {
  Counters sum = each.front();
  for (std::size_t i = 1; i < each.size(); ++i) {
    for (std::size_t c = 0; c < sum.size(); ++c) {
      sum[c].value = sum[c].value + each[i][c].value;
      if (sum[c].within && each[i][c].within) *sum[c].within += *each[i][c].within;
    }
  }
  return sum;
}

NamedCounts parse_named_counts(std::string_view text) {
  NamedCounts counts;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const auto space = line.find(' ');
    if (space == std::string_view::npos) continue;
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(line.data() + space + 1, line.data() + line.size(), number);
    if (error == std::errc{}) counts.emplace(line.substr(0, space), number);
  }
  return counts;
}

Value sum_of(const NamedCounts& counts, std::initializer_list<std::string_view> names,
             std::string_view file) {
  std::uint64_t sum = 0;
  for (const std::string_view name : names) {
    const auto at = counts.find(name);
    if (at == counts.end()) return Missing{fmt::format("{} has no row {} on this kernel", file, name)};
    sum += at->second;
  }
  return Value::count(sum);
}

}  // namespace faultlab
