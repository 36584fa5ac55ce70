// Reading pagemap and kpageflags, in runs of adjoining frames.
#include "os/page_words.hpp"

#include <fcntl.h>
#include <sys/mman.h>

#include "os/file.hpp"

namespace faultlab::os {
namespace {

constexpr std::uint64_t kWord = sizeof(std::uint64_t);

}  // namespace

Result<std::vector<PageWord>> page_words(const std::byte* at, PageCount pages) {
  auto fd = open_fd("/proc/self/pagemap", O_RDONLY);
  if (!fd) return propagate(std::move(fd));
  std::vector<PageWord> words(pages.value);
  const auto offset = reinterpret_cast<std::uintptr_t>(at) / kPage.value * kWord;
  auto got = read_at(*fd, words.data(), words.size() * kWord, offset, "/proc/self/pagemap");
  if (!got) return propagate(std::move(got));
  return words;
}

Result<std::vector<bool>> pages_in_memory(std::byte* at, PageCount pages) {
  std::vector<unsigned char> states(pages.value);
  if (::mincore(at, bytes_of(pages).value, states.data()) != 0) return os_failure("mincore");
  std::vector<bool> there;
  for (const unsigned char state : states) there.push_back((state & 1) != 0);
  return there;
}

Result<std::vector<FrameWord>> frame_words(std::span<const PageWord> pages) {
  auto fd = open_fd("/proc/kpageflags", O_RDONLY);
  if (!fd) {
    return Failure(
        Error{std::move(fd).error().what, "run as root: folio sizes are read there", fd.error().code});
  }
  std::vector<FrameWord> words(pages.size());
  for (std::size_t i = 0; i < pages.size();) {
    const auto first = pages[i].frame();
    if (!first) {
      if (pages[i].present()) return fail("/proc/self/pagemap hides frame numbers", "run as root");
      ++i;
      continue;
    }
    std::size_t run = 1;
    while (i + run < pages.size() && pages[i + run].frame() == *first + run) ++run;
    auto got = read_at(*fd, &words[i], run * kWord, *first * kWord, "/proc/kpageflags");
    if (!got) return propagate(std::move(got));
    i += run;
  }
  return words;
}

}  // namespace faultlab::os
