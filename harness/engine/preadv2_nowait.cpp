// The engine `preadv2_nowait`: asks the page cache first, without waiting; what it does not have is then read
// by pread(2). Servers do so to keep the calls that wait for other threads.
#include <sys/uio.h>

#include <algorithm>

#include "engine/reading_file.hpp"

namespace faultlab {
namespace {

class NowaitRead {
 public:
  explicit NowaitRead(int fd) : fd_(fd) {}

  int operator()(std::byte* into, std::size_t size, std::uint64_t offset, Account& account) const {
    const iovec whole{.iov_base = into, .iov_len = size};
    // What is there up to the first byte that is not; EAGAIN where the first is not (preadv2(2)). The kernel
    // starts the read of what is not (mm/filemap.c, filemap_get_pages); if it ends at once, that is a hit,
    // too.
    const ssize_t got = ::preadv2(fd_, &whole, 1, static_cast<off_t>(offset), RWF_NOWAIT);
    ++account.calls;
    if (got == static_cast<ssize_t>(size)) [[likely]] {
      ++account.hits;
      return 0;
    }
    if (got < 0 && errno != EAGAIN) return errno;
    const auto there = static_cast<std::size_t>(std::max<ssize_t>(got, 0));
    ++account.misses;
    ++account.calls;
    return engine::error_of_read(::pread(fd_, into + there, size - there, static_cast<off_t>(offset + there)),
                                 size - there);
  }

 private:
  int fd_;
};

}  // namespace

extern const EngineSpec preadv2_nowait_engine;
constinit const EngineSpec preadv2_nowait_engine = {
    .row =
        {.name = "preadv2_nowait",
         .summary =
             "preadv2(2) with RWF_NOWAIT of each block, and pread(2) where that finds too little in memory"},
    .shape = Shape::access,
    .advices = engine::kDescriptorAdvices,
    .uses_dataset = true,
    .make = []() -> std::unique_ptr<Engine> {
      return std::make_unique<engine::ReadingFile<NowaitRead>>(O_RDONLY);
    },
    .faults = {.mapped = false},
    .kernel_work = KernelWork::calls,
    .accounts = Accounts::calls_and_lookups};

}  // namespace faultlab
