// Ageing by stretches: whole passes, or a quarter of a second.
#include "run/ageing.hpp"

#include <fmt/format.h>
#include <sys/resource.h>

#include <array>
#include <cmath>
#include <cstdlib>

#include "base/random.hpp"
#include "base/units.hpp"
#include "os/file.hpp"

namespace faultlab::run {
namespace {

constexpr double kStretchSeconds = 0.25;
constexpr unsigned kMostStretches = 80;
constexpr double kSettledWithin = 0.10;
// Below this many misses per access the trial is served from memory, and their ratio is noise.
constexpr double kFewMisses = 1e-4;

// Faults and fetched pages together: mappings miss by faulting, descriptors by reading.
double misses_so_far() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  double fetched = 0;
  if (const auto io = os::read_text("/proc/self/io")) {
    const auto at = io->find("\nread_bytes: ");
    if (at != std::string::npos) fetched = std::strtod(io->c_str() + at + 13, nullptr);
  }
  return static_cast<double>(usage.ru_minflt + usage.ru_majflt) + fetched / static_cast<double>(kPage.value);
}

double misses_per_access(Crew& crew, std::uint64_t seed, const config::Work& stretch) {
  const double before = misses_so_far();
  crew.arm(seed, stretch);
  crew.work();
  double accesses = 0;
  for (const Tally& tally : crew.tallies()) accesses += static_cast<double>(tally.accesses);
  return (misses_so_far() - before) / std::max(accesses, 1.0);
}

bool has_settled(const std::array<double, 3>& recent) {
  const double mean = (recent[0] + recent[1] + recent[2]) / 3;
  for (const double each : recent) {
    if (each > kFewMisses && std::abs(each - mean) > kSettledWithin * mean) return false;
  }
  return true;
}

}  // namespace

Result<> age(Crew& crew, std::uint64_t seed, bool in_passes) {
  const config::Work work = in_passes ? config::Work(config::Passes{1}) : config::Seconds{kStretchSeconds};
  std::array<double, 3> recent{};
  for (unsigned stretch = 0; stretch < kMostStretches; ++stretch) {
    recent[stretch % recent.size()] = misses_per_access(crew, derive_seed(seed, "ageing", stretch), work);
    if (stretch + 1 >= recent.size() && has_settled(recent)) return {};
  }
  return fail(fmt::format("reach a steady state: after {} {} the misses per access of the last three still "
                          "were {:.3g}, {:.3g} and {:.3g}",
                          kMostStretches, in_passes ? "passes" : "quarters of a second", recent[0], recent[1],
                          recent[2]),
              "use an order whose misses settle, or start cold");
}

}  // namespace faultlab::run
