// Reads through an io_uring, from the page cache or past it.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "engine/queued.hpp"
#include "engine/reading_file.hpp"
#include "os/fd.hpp"
#include "os/uring_queue.hpp"

namespace faultlab::engine {

inline constexpr std::array<std::string_view, 4> kRegistered = {"nothing", "file", "buffers", "both"};
inline constexpr std::array<std::string_view, 2> kSubmitted = {"by_call", "by_polling"};

inline constexpr OptionSpec kUringReadOptions[] = {
    kDepthOption,
    {.name = "registered",
     .type = OptionType::choice,
     .fallback = "nothing",
     .meaning =
         "What io_uring_register(2) is told of beforehand, so that the kernel need not look it up for each "
         "read: the file, the buffers, or both.",
     .choices = kRegistered},
    {.name = "submitted",
     .type = OptionType::choice,
     .fallback = "by_call",
     .meaning =
         "How the kernel learns of new reads: by io_uring_enter(2), which also waits for one to end; or by a "
         "thread of the kernel's that looks for them (IORING_SETUP_SQPOLL), while the worker looks for those "
         "that have ended: each of the two keeps a processor busy.",
     .choices = kSubmitted}};

class UringReads {
 public:
  static Result<UringReads> make(const os::Fd& file, const Options& options, const os::Mapping& buffers,
                                 unsigned depth) {
    const bool polled = options.text("submitted") == "by_polling";
    // The thread of the kernel's gives entries back some time after it has taken them.
    auto queue = polled ? os::UringQueue::make(2 * depth, IORING_SETUP_SQPOLL) : os::UringQueue::make(depth);
    if (!queue) return propagate(std::move(queue));
    const std::string& registered = options.text("registered");
    const bool fixed_file = registered == "file" || registered == "both";
    const bool fixed_buffers = registered == "buffers" || registered == "both";
    if (fixed_file) {
      if (auto done = queue->register_file(file.get()); !done) return propagate(std::move(done));
    }
    if (fixed_buffers) {
      auto done = queue->register_buffers(buffers.bytes(), buffers.size() / depth);
      if (!done) return propagate(std::move(done));
    }
    return UringReads(std::move(*queue), file.get(), fixed_file, fixed_buffers, polled);
  }

  void put(const QueuedRead& read) noexcept {
    io_uring_sqe* const entry = next_entry();
    const int file = fixed_file_ ? 0 : file_;
    const auto size = static_cast<unsigned>(read.size);
    if (fixed_buffers_) {
      ::io_uring_prep_read_fixed(entry, file, read.into, size, read.offset, static_cast<int>(read.slot));
    } else {
      ::io_uring_prep_read(entry, file, read.into, size, read.offset);
    }
    if (fixed_file_) entry->flags |= IOSQE_FIXED_FILE;
    ::io_uring_sqe_set_data64(entry, read.slot);
  }

  template <class Ended>
  int reap(Account& account, bool wait, Ended ended) noexcept {
    if (const int error = polled_ ? look(account, wait) : enter(account, wait); error != 0) return error;
    io_uring_cqe* done = nullptr;
    for (unsigned left = ::io_uring_cq_ready(queue_.ring()); left > 0; --left) {
      if (const int error = ::io_uring_peek_cqe(queue_.ring(), &done); error != 0) return -error;
      const auto slot = static_cast<unsigned>(::io_uring_cqe_get_data64(done));
      const int result = done->res;
      ::io_uring_cqe_seen(queue_.ring(), done);
      ended(slot, result);
    }
    return 0;
  }

 private:
  UringReads(os::UringQueue queue, int file, bool fixed_file, bool fixed_buffers, bool polled)
      : queue_(std::move(queue)),
        file_(file),
        fixed_file_(fixed_file),
        fixed_buffers_(fixed_buffers),
        polled_(polled) {}

  io_uring_sqe* next_entry() noexcept {
    for (;;) {
      if (io_uring_sqe* const entry = ::io_uring_get_sqe(queue_.ring()); entry != nullptr) return entry;
      std::this_thread::yield();  // only where the kernel's thread takes them
    }
  }

  // One call submits and waits. A signal may end it early.
  int enter(Account& account, bool wait) noexcept {
    if (!wait && ::io_uring_sq_ready(queue_.ring()) == 0) return 0;
    do {
      const int error = queue_.enter(wait ? 1 : 0);
      ++account.calls;
      if (error != 0 && error != EINTR) return error;
    } while (wait && ::io_uring_cq_ready(queue_.ring()) == 0);
    return 0;
  }

  // The kernel's thread goes to sleep when it has found nothing for a second, and is then woken by a call.
  int look(Account& account, bool wait) noexcept {
    if (::io_uring_sq_ready(queue_.ring()) > 0) {
      const bool asleep =
          (__atomic_load_n(queue_.ring()->sq.kflags, __ATOMIC_ACQUIRE) & IORING_SQ_NEED_WAKEUP) != 0;
      if (asleep) ++account.calls;
      if (const int submitted = ::io_uring_submit(queue_.ring()); submitted < 0) return -submitted;
    }
    while (wait && ::io_uring_cq_ready(queue_.ring()) == 0) std::this_thread::yield();
    return 0;
  }

  os::UringQueue queue_;
  int file_;
  bool fixed_file_;
  bool fixed_buffers_;
  bool polled_;
};

// A ring for each worker.
class UringFile final : public OpenedFile {
 public:
  using OpenedFile::OpenedFile;

  Result<std::unique_ptr<Accessor>> worker(unsigned) override {
    return queued_worker(setup(), [&](const os::Mapping& buffers, unsigned depth) {
      return UringReads::make(file(), setup().options, buffers, depth);
    });
  }
};

}  // namespace faultlab::engine
