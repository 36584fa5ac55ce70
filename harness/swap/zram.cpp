// Swap `zram`: a compressed block device in memory.
#include "swap/place.hpp"

namespace faultlab {
namespace {

constexpr Need kZramNeeds[] = {Need::swap_areas, Need::zram};

constexpr auto kAlgorithms =
    std::to_array<std::string_view>({"lzo", "lzo-rle", "lz4", "lz4hc", "zstd", "deflate", "842", "default"});

constexpr auto kOptions = std::to_array<OptionSpec>(
    {swap::kSize,
     swap::kPriority,
     {.name = "algorithm",
      .type = OptionType::choice,
      .fallback = "default",
      .meaning = "that compresses; \"default\" is the kernel's choice, and the record says which that is",
      .choices = kAlgorithms}});

Result<std::unique_ptr<SwapPlace>> enable(const SwapRequest& request, const Options& options) {
  const std::string& asked = options.text("algorithm");
  auto zram = host::ZramDevice::add(bytes_of(pages_ceil(options.bytes("size"))),
                                    asked == "default" ? std::string() : asked, request.journal);
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
     .options = kOptions},
    false,
    enable};

}  // namespace faultlab
