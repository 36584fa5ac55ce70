// What the swap kinds share: their options, and an area over something that is owned along with it.
#pragma once

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <string>
#include <utility>

#include "catalogue/swap_spec.hpp"
#include "host/block_device.hpp"
#include "host/place.hpp"
#include "host/swap_area.hpp"
#include "os/file.hpp"
#include "os/swap.hpp"

namespace faultlab::swap {

inline constexpr Need kNeeds[] = {Need::swap_areas};

inline constexpr OptionSpec kSize = {.name = "size",
                                     .type = OptionType::size,
                                     .fallback = "",
                                     .meaning = "of the area; what is swapped out beyond it kills the trial",
                                     .minimum = 1024.0 * 1024};
inline constexpr OptionSpec kPriority = {
    .name = "priority",
    .type = OptionType::integer,
    .fallback = "32767",
    .meaning = "the kernel fills areas from the highest priority down; refused where another is not below",
    .maximum = os::kHighestSwapPriority};
inline constexpr auto kAreaOptions = std::to_array<OptionSpec>({kSize, kPriority});

// An area, and what it lies on. Members are given up from the last to the first.
template <class Below>
class OwnedPlace final : public SwapPlace {
 public:
  OwnedPlace(host::SwapArea area, Bytes size, int priority, std::string algorithm, Below below)
      : below_(std::move(below)),
        area_(std::move(area)),
        size_(size),
        priority_(priority),
        algorithm_(std::move(algorithm)) {}
  const std::string& path() const override { return area_.path(); }
  Bytes size() const override { return size_; }
  int priority() const override { return priority_; }
  std::string algorithm() const override { return algorithm_; }

 private:
  Below below_;
  host::SwapArea area_;
  Bytes size_;
  int priority_;
  std::string algorithm_;
};

// Enables swapping on `path`, which lies on `below`.
template <class Below>
Result<std::unique_ptr<SwapPlace>> enable_on(const std::string& path, const SwapRequest& request,
                                             const Options& options, std::string algorithm, Below below) {
  const Bytes size = bytes_of(pages_ceil(options.bytes("size")));
  const int priority = static_cast<int>(options.integer("priority"));
  auto area = host::SwapArea::enable(path, size, priority, request.journal);
  if (!area) return propagate(std::move(area));
  return std::make_unique<OwnedPlace<Below>>(std::move(*area), size, priority, std::move(algorithm),
                                             std::move(below));
}

// A file of the asked-for size, named so that two runs never meet. Its path is absolute, without symbolic
// links, as the kernel gives it back.
inline Result<host::OwnedFile> make_file(const SwapRequest& request, const Options& options) {
  if (auto made = os::make_folders(request.folder); !made) return propagate(std::move(made));
  auto place = host::place_of(request.folder);
  if (!place) return propagate(std::move(place));
  return host::OwnedFile::make(fmt::format("{}/swap-{}", place->path, ::getpid()),
                               bytes_of(pages_ceil(options.bytes("size"))), request.journal);
}

}  // namespace faultlab::swap
