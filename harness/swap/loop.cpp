// Swap `loop`: a loop device over such a file: a block device, whose own cost shows beside `file`.
#include "swap/place.hpp"

namespace faultlab {
namespace {

Result<std::unique_ptr<SwapPlace>> enable_loop(const SwapRequest& request, const Options& options) {
  auto file = swap::make_file(request, options);
  if (!file) return propagate(std::move(file));
  auto loop = host::LoopDevice::over(std::move(*file), os::LoopReads::direct, request.journal);
  if (!loop) return propagate(std::move(loop));
  const std::string path = loop->path();
  return swap::enable_on(path, request, options, {}, std::move(*loop));
}

}  // namespace

extern const SwapSpec loop_swap;
const SwapSpec loop_swap = {{.name = "loop",
                             .summary = "a loop device over a file, both made for the trial",
                             .needs = swap::kNeeds,
                             .options = swap::kAreaOptions},
                            true,
                            enable_loop};

}  // namespace faultlab
