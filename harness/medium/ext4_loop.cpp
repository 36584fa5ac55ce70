// The medium `ext4_loop`: ext4 on a loop device, with a read-ahead of its own.
#include "medium/place.hpp"

namespace faultlab {
namespace {

constexpr Need kExt4LoopNeeds[] = {Need::mounts, Need::loop_devices, Need::ext4_maker};

constexpr auto kExt4LoopOptions = std::to_array<OptionSpec>(
    {medium::size_option(16 * medium::kMib), medium::kReadAhead, medium::kData, medium::kDirectIo});

Result<std::unique_ptr<Medium>> make_ext4_loop(const MediumRequest& request, const Options& options) {
  return medium::mount_on_loop({"ext4", "data=" + options.text("data")}, request, options);
}

}  // namespace

extern const MediumSpec ext4_loop_medium;
const MediumSpec ext4_loop_medium = {
    {.name = "ext4_loop",
     .summary = "ext4 on a loop device over a file in the data folder, made for the run",
     .needs = kExt4LoopNeeds,
     .options = kExt4LoopOptions},
    Store::disk,
    false,
    make_ext4_loop};

}  // namespace faultlab
