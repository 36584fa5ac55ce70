// Stirring by writes to shared memory.
#include "run/memcg_stir.hpp"

#include <unistd.h>

#include "os/file.hpp"

namespace faultlab::run {

Result<MemcgStir> MemcgStir::make() {
  auto memory = os::make_memfd("faultlab-stir", Bytes(0));
  if (!memory) return propagate(std::move(memory));
  // Twice the threshold: each CPU may hold back almost 64 updates of its own.
  const auto cpus = static_cast<std::uint64_t>(::sysconf(_SC_NPROCESSORS_CONF));
  return MemcgStir(std::move(*memory), 2 * 64 * (cpus + 1), std::string(kPage.value, 'x'));
}

void MemcgStir::stir() {
  for (std::uint64_t i = 0; i < pages_; ++i) {
    [[maybe_unused]] auto wrote =
        os::write_at(memory_, page_.data(), page_.size(), written_++ * kPage.value, "shared memory");
  }
}

}  // namespace faultlab::run
