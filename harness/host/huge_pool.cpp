// /sys/kernel/mm/hugepages.
#include "host/huge_pool.hpp"

#include <fmt/format.h>

#include "host/text.hpp"
#include "os/file.hpp"

namespace faultlab::host {

Result<HugePool> huge_pool(Bytes page, const std::string& root) {
  const std::string folder = fmt::format("{}/sys/kernel/mm/hugepages/hugepages-{}kB", root, page.value >> 10);
  const auto number = [&](const char* file) -> Result<std::uint64_t> {
    const auto text = os::read_text(folder + file);
    if (!text) return Failure(text.error());
    const auto value = to_number(trim(*text));
    if (!value) return fail(folder + file + " holds no number");
    return *value;
  };
  const auto total = number("/nr_hugepages");
  if (!total) return Failure(total.error());
  const auto free = number("/free_hugepages");
  if (!free) return Failure(free.error());
  const auto reserved = number("/resv_hugepages");
  if (!reserved) return Failure(reserved.error());
  // Reserved pages are still among the free ones.
  return HugePool{*total, *total - *free + *reserved};
}

std::string_view huge_pool_knob(Bytes page) {
  return page.value == std::uint64_t{1} << 30 ? "huge_page_pool_1g" : "huge_page_pool";
}

}  // namespace faultlab::host
