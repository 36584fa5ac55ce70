// Probe `rusage`: getrusage(2) of the trial's process and the children that it waited for.
#include <sys/resource.h>

#include "probe/counters.hpp"

namespace faultlab {
namespace {

std::int64_t nanoseconds(const timeval& t) { return t.tv_sec * 1'000'000'000LL + t.tv_usec * 1000LL; }

Counters read_rusage() {
  rusage own{};
  rusage children{};
  // Neither call can fail with these arguments (getrusage(2)).
  ::getrusage(RUSAGE_SELF, &own);
  ::getrusage(RUSAGE_CHILDREN, &children);
  const auto both = [&](auto field) { return Value(std::int64_t{field(own) + field(children)}); };
  return {{"minor_faults", both([](const rusage& r) { return std::int64_t{r.ru_minflt}; })},
          {"major_faults", both([](const rusage& r) { return std::int64_t{r.ru_majflt}; })},
          {"user_ns", both([](const rusage& r) { return nanoseconds(r.ru_utime); })},
          {"system_ns", both([](const rusage& r) { return nanoseconds(r.ru_stime); })},
          {"context_switches", both([](const rusage& r) { return std::int64_t{r.ru_nvcsw + r.ru_nivcsw}; })}};
}

}  // namespace

extern const ProbeSpec rusage_probe;
const ProbeSpec rusage_probe = {
    {.name = "rusage", .summary = "getrusage(2): faults, CPU time and context switches of the trial"},
    ProbeSide::child,
    [](const ProbeTarget&) { return make_counter_probe("rusage", Sampled::no, read_rusage); }};

}  // namespace faultlab
