// Swap areas by system call.
#include "os/swap.hpp"

#include <fmt/format.h>
#include <sys/swap.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "os/file.hpp"

namespace faultlab::os {
namespace {

// include/linux/swap.h: a boot block of 1 KiB, three numbers, a UUID and a label, and the magic word at
// the end of the page.
constexpr std::size_t kBootBlock = 1024;
constexpr std::string_view kMagic = "SWAPSPACE2";
constexpr std::string_view kLabel = "faultlab";

struct SwapInfo {
  std::uint32_t version = 1;
  std::uint32_t last_page = 0;
  std::uint32_t bad_pages = 0;
  std::array<unsigned char, 16> uuid{};
  std::array<char, 16> label{};
};

}  // namespace

Result<> write_swap_header(const Fd& fd, Bytes size, const std::string& path) {
  std::array<std::byte, kPage.value> page{};
  SwapInfo info;
  info.last_page = static_cast<std::uint32_t>(size.value / kPage.value - 1);
  std::memcpy(info.label.data(), kLabel.data(), kLabel.size());
  std::memcpy(page.data() + kBootBlock, &info, sizeof info);
  std::memcpy(page.data() + page.size() - kMagic.size(), kMagic.data(), kMagic.size());
  if (auto wrote = write_at(fd, page.data(), page.size(), 0, path); !wrote) return wrote;
  return sync_data(fd, path);
}

Result<> swap_on(const std::string& path, int priority) {
  if (::swapon(path.c_str(), SWAP_FLAG_PREFER | (priority & SWAP_FLAG_PRIO_MASK)) == 0) return {};
  std::string remedy;
  if (errno == EPERM) remedy = "run as root on the host itself (docs/setup.md#swap)";
  if (errno == EINVAL) remedy = "choose a file system that can hold swap files (not tmpfs, not overlay)";
  return os_failure("swapon " + path, std::move(remedy));
}

Result<> swap_off(const std::string& path) {
  // EINVAL: no area (mm/swapfile.c, swapoff). ENOENT: not even a file.
  if (::swapoff(path.c_str()) == 0 || errno == EINVAL || errno == ENOENT) return {};
  return os_failure("swapoff " + path,
                    errno == ENOMEM ? "free some memory: what was swapped out must come back" : "");
}

}  // namespace faultlab::os
