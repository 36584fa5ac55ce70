// Making, filling, dropping and holding a scenario's file.
#include "scenario/file_ground.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/mman.h>

#include <algorithm>
#include <vector>

#include "dataset/content.hpp"
#include "dataset/dataset.hpp"
#include "os/file.hpp"
#include "scenario/layout.hpp"

namespace faultlab::scenario {
namespace {

constexpr std::uint64_t kLargeWrite = std::uint64_t{1} << 20;
constexpr std::uint64_t kHugeWrite = std::uint64_t{8} << 20;
constexpr std::uint64_t kLargeRead = std::uint64_t{64} << 10;
constexpr int kKeepAttempts = 5;

Result<os::Fd> nameless_file(const std::string& folder) {
  // O_TMPFILE (open(2)): the file never has a name, so not even SIGKILL leaves it behind.
  auto fd = os::open_fd(folder, O_RDWR | O_TMPFILE, 0600);
  if (fd) return fd;
  const std::string path = folder + "/scenario.tmp";
  fd = os::open_fd(path, O_RDWR | O_CREAT | O_EXCL, 0600);
  if (!fd) return fd;
  if (auto removed = os::remove_file(path); !removed) return propagate(std::move(removed));
  return fd;
}

}  // namespace

Result<FileGround> FileGround::make(const Ground& ground, Fill fill) {
  const auto space = os::space_at(ground.folder);
  if (!space) return propagate(Result<os::Space>(space));
  if (space->file_system_magic == TMPFS_MAGIC || space->file_system_magic == RAMFS_MAGIC) {
    return fail(ground.folder + " lies in memory: its pages cannot be dropped",
                "put the data folder on a file system of a disk");
  }
  auto fd = nameless_file(ground.folder);
  if (!fd) return propagate(std::move(fd), "make a file in " + ground.folder);
  FileGround file;
  file.fd_ = std::move(*fd);
  file.pages_ = ground.pages;
  file.seed_ = ground.seed;
  if (auto filled = file.fill_with(fill); !filled)
    return propagate(std::move(filled), "fill a scenario's file");
  return file;
}

Result<> FileGround::fill_with(Fill fill) {
  zero_ = fill == Fill::hole || fill == Fill::allocated;
  switch (fill) {
    case Fill::hole:
      return os::resize(fd_, bytes_of(PageCount(all_pages())));
    case Fill::allocated:
      return os::allocate(fd_, bytes_of(PageCount(all_pages())));
    case Fill::large_writes:
      return write_pieces(kLargeWrite);
    case Fill::huge_writes:
      return write_pieces(kHugeWrite);
    case Fill::large_reads:
      if (auto wrote = write_pieces(kLargeWrite); !wrote) return wrote;
      if (auto dropped = drop(); !dropped) return dropped;
      return read_pieces(kLargeRead);
    case Fill::single_pages:
      return make_single();
  }
  return {};
}

// Writes of one page make folios of one page on every file system known; where that cannot be seen, or
// is not so, the pages come in by faults under MADV_RANDOM, one each (mm/filemap.c: filemap_fault).
Result<> FileGround::make_single() {
  if (auto wrote = write_pieces(kPage.value); !wrote) return wrote;
  if (auto kept = keep(); !kept) return kept;
  const auto found = layout();
  const bool single =
      found && std::all_of(found->begin(), found->end(), [](const Folio& folio) { return folio.pages == 1; });
  if (single) return {};
  if (auto dropped = drop(); !dropped) return dropped;
  return fault_in();
}

Result<> FileGround::write_pieces(std::uint64_t piece) const {
  std::vector<std::byte> buffer(piece);
  const std::uint64_t size = all_pages() * kPage.value;
  for (std::uint64_t at = 0; at < size; at += piece) {
    const std::size_t length = std::min(piece, size - at);
    fill_content(seed_, at, {buffer.data(), length});
    if (auto wrote = os::write_at(fd_, buffer.data(), length, at, path()); !wrote) return wrote;
  }
  return sync();
}

Result<> FileGround::read_pieces(std::uint64_t piece) const {
  std::vector<std::byte> buffer(piece);
  const std::uint64_t size = all_pages() * kPage.value;
  for (std::uint64_t at = 0; at < size; at += piece) {
    if (auto got = os::read_at(fd_, buffer.data(), std::min(piece, size - at), at, path()); !got) return got;
  }
  return {};
}

Result<> FileGround::fault_in() {
  single_by_fault_ = true;
  return keep();
}

std::string FileGround::path() const { return fmt::format("/proc/self/fd/{}", fd_.get()); }

Result<> FileGround::drop() {
  release();
  return dataset::drop(path());
}

Result<> FileGround::sync() const { return os::sync_data(fd_, path()); }

Result<std::uint64_t> FileGround::resident() const {
  const Value counted = dataset::resident_pages(path()).value;
  if (!counted.present()) return fail("count the resident pages of a file: " + counted.why());
  return static_cast<std::uint64_t>(counted.integer());
}

Result<> FileGround::keep() {
  for (int attempt = 0; attempt < kKeepAttempts; ++attempt) {
    auto region = os::FileRegion::reserve(PageCount(all_pages()));
    if (!region) return propagate(std::move(region));
    if (auto mapped = region->map(fd_, region->all(), 0, PROT_READ, MAP_SHARED); !mapped) return mapped;
    // No read-ahead: what is missing comes in page by page, and marks of read-ahead stay where they are.
    if (auto advised = region->advise(MADV_RANDOM); !advised) return advised;
    sum_pages(region->data(), all_pages());
    // The word that stores reach (mark_pages) lies elsewhere: the caches shall have both.
    sum_pages(region->data() + kPage.value - sizeof(std::uint64_t), all_pages());
    keeper_ = std::move(*region);
    const auto mapped = mapped_pages(keeper_.data(), all_pages());
    if (!mapped) return propagate(Result<std::uint64_t>(mapped));
    if (*mapped == all_pages()) return {};
  }
  return fail("hold a file in memory: pages leave as fast as they come", "free memory, or raise the limit");
}

Result<Layout> FileGround::layout() const {
  auto found = read_layout(keeper_.data(), pages_);
  if (!found && single_by_fault_) return single_pages(pages_);
  return found;
}

std::uint64_t FileGround::expected_sum(std::uint64_t step) const {
  std::uint64_t sum = 0;
  for (std::uint64_t page = 0; !zero_ && page < pages_; page += step) {
    sum += PageContent(seed_, PageIndex(page)).word(0);
  }
  return sum;
}

std::byte FileGround::last_byte(std::uint64_t page) const {
  return zero_ ? std::byte{0}
               : static_cast<std::byte>(PageContent(seed_, PageIndex(page)).word(kWordsPerPage - 1) >> 56);
}

std::uint64_t sum_pages(const std::byte* at, std::uint64_t pages, std::uint64_t step) noexcept {
  std::uint64_t sum = 0;
  for (std::uint64_t page = 0; page < pages; page += step) {
    sum += *reinterpret_cast<const volatile std::uint64_t*>(at + page * kPage.value);
  }
  return sum;
}

void mark_pages(std::byte* at, std::uint64_t pages, std::uint64_t step) noexcept {
  for (std::uint64_t page = 0; page < pages; page += step) {
    *reinterpret_cast<volatile std::uint8_t*>(at + (page + 1) * kPage.value - 1) = 1;
  }
}

}  // namespace faultlab::scenario
