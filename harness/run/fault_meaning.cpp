// Swapping changes what a fault is.
#include "run/fault_meaning.hpp"

#include "dataset/content.hpp"
#include "host/text.hpp"
#include "os/file.hpp"
#include "os/zero_page.hpp"

namespace faultlab::run {
namespace {

bool zswap_on(const std::string& root) {
  const auto text = os::read_text(root + "/sys/module/zswap/parameters/enabled");
  return text && host::trim(*text) == "Y";
}

// A swap-in that does not sleep was served from memory. By whom follows from the trial's area; zeros are not
// stored anywhere (mm/page_io.c, swap_zeromap; zram's own way before Linux 6.12).
FaultClass without_sleep(const config::Trial& trial, const SwapSpec& swap, const std::string& root) {
  if (drawn_words(trial.dataset.content) == 0) return FaultClass::zero_swap_in;
  if (!swap.waits) return FaultClass::zram_swap_in;
  return zswap_on(root) ? FaultClass::zswap_swap_in : FaultClass::device_swap_in;
}

}  // namespace

FaultMeaning fault_meaning(const EngineSpec& engine, const config::Trial& trial, const Catalogue& catalogue,
                           const std::string& root) {
  FaultMeaning meaning = engine.faults;
  if (meaning.minor == FaultClass::zero_page && !os::loads_share_zero_page())
    meaning.minor = FaultClass::zero_fill;
  const SwapSpec* swap = find(catalogue.swaps, trial.swap.kind);
  if (!engine.swaps || swap == nullptr || swap->row.options.empty()) return meaning;
  // Memory that was filled before the window has no first touches any more.
  // Before Linux 6.11 a store into what a load has swapped in is a fault of its own (mm/memory.c,
  // do_swap_page maps read-only then): counted here too, since no source tells the two apart.
  if (trial.start != Start::cold) meaning.minor = meaning.minor_of_store = FaultClass::swap_cache;
  meaning.awake_major = without_sleep(trial, *swap, root);
  meaning.major = swap->waits ? FaultClass::device_swap_in : meaning.awake_major;
  return meaning;
}

}  // namespace faultlab::run
