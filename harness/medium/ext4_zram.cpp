// The medium `ext4_zram`: ext4 on compressed memory, so that the kernel and not a disk is what is waited for.
#include "catalogue/zram_options.hpp"
#include "medium/place.hpp"

namespace faultlab {
namespace {

constexpr Need kExt4ZramNeeds[] = {Need::mounts, Need::zram, Need::ext4_maker};

constexpr auto kExt4ZramOptions = std::to_array<OptionSpec>(
    {medium::size_option(16 * medium::kMib), medium::kReadAhead, medium::kData, kZramAlgorithm});

Result<std::unique_ptr<Medium>> make_ext4_zram(const MediumRequest& request, const Options& options) {
  auto zram = host::ZramDevice::add(bytes_of(pages_ceil(options.bytes("size"))), zram_algorithm(options),
                                    request.journal);
  if (!zram) return propagate(std::move(zram));
  const std::string device = zram->path();
  const std::string algorithm = zram->algorithm();
  return medium::mount_on(device, std::move(*zram), {"ext4", "data=" + options.text("data")}, request,
                          options, {{"algorithm", algorithm}});
}

}  // namespace

extern const MediumSpec ext4_zram_medium;
const MediumSpec ext4_zram_medium = {
    {.name = "ext4_zram",
     .summary = "ext4 on a zram device, made for the run: reads cost a decompression, and no disk",
     .needs = kExt4ZramNeeds,
     .options = kExt4ZramOptions},
    Store::memory,
    false,
    make_ext4_zram};

}  // namespace faultlab
