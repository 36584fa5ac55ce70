// What the media that a run makes share: their options, and a file system on something that is owned along
// with it.
#pragma once

#include <fmt/format.h>

#include <array>
#include <memory>
#include <string>
#include <utility>

#include "catalogue/medium_spec.hpp"
#include "host/block_device.hpp"
#include "host/file_system.hpp"
#include "host/knobs.hpp"
#include "host/mount.hpp"

namespace faultlab::medium {

inline constexpr double kMib = 1024.0 * 1024;

inline constexpr OptionSpec kReadAhead = {
    .name = "read_ahead_kb",
    .type = OptionType::integer,
    .fallback = "128",
    .meaning = "how far the kernel reads ahead on this device, in KiB and whole pages; 0: not at all",
    .maximum = 1 << 20};

inline constexpr auto kDataModes = std::to_array<std::string_view>({"ordered", "journal"});
inline constexpr OptionSpec kData = {
    .name = "data",
    .type = OptionType::choice,
    .fallback = "ordered",
    .meaning =
        "how ext4 treats data; with \"journal\" its page cache is made of single pages, without large folios",
    .choices = kDataModes};

inline constexpr auto kSwitch = std::to_array<std::string_view>({"on", "off"});
inline constexpr OptionSpec kDirectIo = {
    .name = "direct_io",
    .type = OptionType::choice,
    .fallback = "on",
    .meaning = "of the loop device: past the page cache of the file below, so that no page is cached twice",
    .choices = kSwitch};

// The size of the device or file system; `least` is what its maker needs.
constexpr OptionSpec size_option(double least) {
  return {.name = "size",
          .type = OptionType::size,
          .fallback = "",
          .meaning = "of the medium; its file system takes some for itself",
          .minimum = least};
}

// A file system, and what it lies on. Members are given up from the last to the first.
template <class Below>
class OwnedMedium final : public Medium {
 public:
  OwnedMedium(Below below, host::OwnedMount mount, host::KnobGuard read_ahead,
              std::map<std::string, std::string> traits)
      : below_(std::move(below)),
        mount_(std::move(mount)),
        read_ahead_(std::move(read_ahead)),
        traits_(std::move(traits)) {}
  const std::string& folder() const override { return mount_.point(); }
  std::map<std::string, std::string> traits() const override { return traits_; }

 private:
  Below below_;
  host::OwnedMount mount_;
  host::KnobGuard read_ahead_;
  std::map<std::string, std::string> traits_;
};

// Makes the file system on `device`, which is `below`'s, and mounts it with its own read-ahead.
template <class Below>
Result<std::unique_ptr<Medium>> mount_on(const std::string& device, Below below, const host::FileSystem& type,
                                         const MediumRequest& request, const Options& options,
                                         std::map<std::string, std::string> traits) {
  if (auto made = host::make_file_system(device, type); !made) return propagate(std::move(made));
  auto mount = host::OwnedMount::make(request.folder + "/" + request.name,
                                      {device, type.name, type.mount_options}, request.journal);
  if (!mount) return propagate(std::move(mount));
  auto read_ahead = host::KnobGuard::set("read_ahead_kb", std::to_string(options.integer("read_ahead_kb")),
                                         mount->point(), request.journal);
  if (!read_ahead) return propagate(std::move(read_ahead));
  return std::make_unique<OwnedMedium<Below>>(std::move(below), std::move(*mount), std::move(*read_ahead),
                                              std::move(traits));
}

// On a loop device over a file of the asked-for size.
inline Result<std::unique_ptr<Medium>> mount_on_loop(const host::FileSystem& type,
                                                     const MediumRequest& request, const Options& options) {
  auto file = host::OwnedFile::make(fmt::format("{}/{}.image", request.folder, request.name),
                                    bytes_of(pages_ceil(options.bytes("size"))), request.journal);
  if (!file) return propagate(std::move(file));
  const bool direct = options.text("direct_io") == "on";
  auto loop = host::LoopDevice::over(std::move(*file), direct ? os::LoopReads::direct : os::LoopReads::cached,
                                     request.journal);
  if (!loop) return propagate(std::move(loop));
  if (direct && loop->reads() != os::LoopReads::direct) {
    return fail(loop->path() + ": the kernel does no direct I/O on the file below",
                "choose another file system with --data, or \"direct_io\": \"off\" in dataset.medium");
  }
  const std::string device = loop->path();
  return mount_on(device, std::move(*loop), type, request, options, {{"direct_io", direct ? "on" : "off"}});
}

}  // namespace faultlab::medium
