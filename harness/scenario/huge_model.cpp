// The settings of transparent huge pages, and what follows from them.
#include "scenario/huge_model.hpp"

#include <algorithm>

#include "host/text.hpp"
#include "os/file.hpp"
#include "os/zero_page.hpp"

namespace faultlab::scenario {
namespace {

constexpr std::uint64_t kLargest = 512;
constexpr const char* kFolder = "/sys/kernel/mm/transparent_hugepage/";

bool allows_advised(std::string_view mode) { return mode == "always" || mode == "madvise"; }

std::uint64_t faults(const std::vector<std::uint64_t>& sizes, std::uint64_t first, std::uint64_t count) {
  const std::uint64_t end = first + count;
  std::uint64_t made = 0;
  for (std::uint64_t page = first; page < end; ++made) {
    const auto fits = [&](std::uint64_t size) {
      const std::uint64_t place = page / size * size;
      return place >= first && place + size <= end;
    };
    const auto size = std::find_if(sizes.begin(), sizes.end(), fits);
    page = size == sizes.end() ? page + 1 : page / *size * *size + *size;
  }
  return made;
}

}  // namespace

Result<HugeSizes> huge_sizes(const std::string& root) {
  const std::string folder = root + kFolder;
  const auto top = os::read_text(folder + "enabled");
  if (!top) return Failure(top.error());
  HugeSizes sizes;
  if (const auto zero = os::read_text(folder + "use_zero_page")) sizes.zero_page = host::trim(*zero) == "1";
  if (root.empty() && !os::loads_share_zero_page()) sizes.zero_page = sizes.small_zero_page = false;
  const std::string inherited = host::chosen(*top);
  bool by_size = false;
  for (const std::string& entry : os::folder_entries(folder)) {
    constexpr std::string_view kPrefix = "hugepages-";
    if (!entry.starts_with(kPrefix) || !entry.ends_with("kB")) continue;
    const auto kib =
        host::to_number(std::string_view(entry).substr(kPrefix.size(), entry.size() - kPrefix.size() - 2));
    const auto own = os::read_text(folder + entry + "/enabled");
    if (!kib || !own) continue;  // sizes for files alone have no such file
    by_size = true;
    const std::string mode = host::chosen(*own);
    if (allows_advised(mode == "inherit" ? inherited : mode)) sizes.allowed.push_back(*kib / 4);
  }
  if (!by_size && allows_advised(inherited)) sizes.allowed.push_back(kLargest);
  std::sort(sizes.allowed.rbegin(), sizes.allowed.rend());
  return sizes;
}

std::uint64_t faults_of_writes(const HugeSizes& sizes, std::uint64_t first, std::uint64_t count) {
  return faults(sizes.allowed, first, count);
}

std::uint64_t faults_of_reads(const HugeSizes& sizes, std::uint64_t first, std::uint64_t count) {
  if (!sizes.small_zero_page) return faults_of_writes(sizes, first, count);
  const bool largest = std::find(sizes.allowed.begin(), sizes.allowed.end(), kLargest) != sizes.allowed.end();
  return faults(largest ? std::vector{kLargest} : std::vector<std::uint64_t>{}, first, count);
}

}  // namespace faultlab::scenario
