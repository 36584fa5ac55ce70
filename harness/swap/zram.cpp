// Swap `zram`: a compressed block device in memory.
#include "catalogue/zram_options.hpp"
#include "swap/place.hpp"

namespace faultlab {
namespace {

constexpr Need kZramNeeds[] = {Need::swap_areas, Need::zram};

constexpr auto kZramOptions = std::to_array<OptionSpec>({swap::kSize, swap::kPriority, kZramAlgorithm});

Result<std::unique_ptr<SwapPlace>> enable_zram(const SwapRequest& request, const Options& options) {
  auto zram = host::ZramDevice::add(bytes_of(pages_ceil(options.bytes("size"))), zram_algorithm(options),
                                    request.journal);
  if (!zram) return propagate(std::move(zram));
  const std::string path = zram->path();
  const std::string algorithm = zram->algorithm();
  return swap::enable_on(path, request, options, algorithm, std::move(*zram));
}

}  // namespace

extern const SwapSpec zram_swap;
const SwapSpec zram_swap = {
    {.name = "zram",
     .summary = "a zram device: pages are compressed in memory, outside of the trial's limit",
     .needs = kZramNeeds,
     .options = kZramOptions},
    false,
    enable_zram};

}  // namespace faultlab
