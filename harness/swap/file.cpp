// Swap `file`: a file on the data folder's file system.
#include "swap/place.hpp"

namespace faultlab {
namespace {

Result<std::unique_ptr<SwapPlace>> enable_file(const SwapRequest& request, const Options& options) {
  auto file = swap::make_file(request, options);
  if (!file) return propagate(std::move(file));
  const std::string path = file->path();
  return swap::enable_on(path, request, options, {}, std::move(*file));
}

}  // namespace

extern const SwapSpec file_swap;
const SwapSpec file_swap = {{.name = "file",
                             .summary = "a file on the data folder's file system, made for the trial",
                             .needs = swap::kNeeds,
                             .options = swap::kAreaOptions},
                            true,
                            enable_file};

}  // namespace faultlab
