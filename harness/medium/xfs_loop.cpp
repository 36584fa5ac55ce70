// The medium `xfs_loop`: XFS on a loop device, with a read-ahead of its own.
#include "medium/place.hpp"

namespace faultlab {
namespace {

constexpr Need kXfsLoopNeeds[] = {Need::mounts, Need::loop_devices, Need::xfs_maker};

// mkfs.xfs makes none below 300 MB (xfsprogs 5.19), of which it takes a quarter for its log.
constexpr auto kXfsLoopOptions = std::to_array<OptionSpec>(
    {medium::size_option(300 * medium::kMib), medium::kReadAhead, medium::kDirectIo});

Result<std::unique_ptr<Medium>> make_xfs_loop(const MediumRequest& request, const Options& options) {
  return medium::mount_on_loop({"xfs", ""}, request, options);
}

}  // namespace

extern const MediumSpec xfs_loop_medium;
const MediumSpec xfs_loop_medium = {
    {.name = "xfs_loop",
     .summary = "XFS on a loop device over a file in the data folder, made for the run",
     .needs = kXfsLoopNeeds,
     .options = kXfsLoopOptions},
    Store::disk,
    false,
    make_xfs_loop};

}  // namespace faultlab
