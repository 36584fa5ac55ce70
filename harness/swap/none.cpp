// Swap `none`: the trial's memory stays where it is, and what does not fit is killed.
#include "catalogue/swap_spec.hpp"

namespace faultlab {

extern const SwapSpec none_swap;
const SwapSpec none_swap = {
    {.name = "none", .summary = "the trial may not swap, whatever areas the host has"},
    false,
    [](const SwapRequest&, const Options&) -> Result<std::unique_ptr<SwapPlace>> { return nullptr; }};

}  // namespace faultlab
