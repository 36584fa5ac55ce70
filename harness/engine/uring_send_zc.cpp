// The engine `uring_send_zc`: as zerocopy_send, through io_uring.
#include "engine/transfer.hpp"
#include "os/uring_queue.hpp"

namespace faultlab {
namespace {

// Since Linux 6.2, and younger than Debian's headers (include/uapi/linux/io_uring.h): the notification says
// whether the bytes were copied.
constexpr unsigned kReportUsage = 1U << 3;
constexpr unsigned kCopied = 1U << 31;
constexpr unsigned kEntries = 64;

constexpr Need kUringSendZcNeeds[] = {Need::zero_copy_reports};

class UringZeroCopyMove {
 public:
  // `mapping` outlives it; it may be made after it, but before the first block.
  static Result<UringZeroCopyMove> make(const os::Mapping& mapping, int sink, const AccessSetup& setup) {
    auto queue = os::UringQueue::make(kEntries);
    if (!queue) return propagate(std::move(queue));
    return UringZeroCopyMove(mapping, sink, setup.block.value, std::move(*queue));
  }

  int operator()(std::uint64_t offset, Sent& sent) noexcept {
    for (std::size_t done = 0; done < block_;) {
      io_uring_sqe* const entry = ::io_uring_get_sqe(queue_.ring());
      ::io_uring_prep_send_zc(entry, sink_, mapping_.data() + offset + done, block_ - done, MSG_WAITALL,
                              kReportUsage);
      result_ = kNone;
      while (result_ == kNone) {
        if (const int error = wait(sent); error != 0) return error;
      }
      if (result_ == -EAGAIN) {
        engine::wait_for_room(sink_, sent);
      } else if (result_ < 0 && result_ != -EINTR) {
        return -result_;
      } else if (result_ > 0) {
        done += static_cast<std::size_t>(result_);
        if (done < block_) ++sent.partial_calls;
      }
    }
    return 0;
  }

  // Waits until every send is reported.
  int complete(Sent& sent) noexcept {
    while (outstanding_ > 0) {
      if (const int error = wait(sent); error != 0) return error;
    }
    return 0;
  }

 private:
  static constexpr int kNone = INT_MIN;

  UringZeroCopyMove(const os::Mapping& mapping, int sink, std::size_t block, os::UringQueue queue)
      : mapping_(mapping), sink_(sink), block_(block), queue_(std::move(queue)) {}

  // At least one completion. 0, or errno.
  int wait(Sent& sent) noexcept {
    const int error = queue_.enter(1);
    ++sent.calls;
    if (error != 0 && error != EINTR) return error;
    io_uring_cqe* each = nullptr;
    while (::io_uring_peek_cqe(queue_.ring(), &each) == 0) {
      note(*each, sent);
      ::io_uring_cqe_seen(queue_.ring(), each);
    }
    return 0;
  }

  // A send ends twice: with what it moved, and, if that was anything, with a notification that its pages are
  // free again (io_uring_prep_send_zc(3)). Sends are notified in their order.
  void note(const io_uring_cqe& done, Sent& sent) noexcept {
    if ((done.flags & IORING_CQE_F_NOTIF) == 0) {
      result_ = done.res;
      if ((done.flags & IORING_CQE_F_MORE) == 0) return;
      sizes_[begun_++ % kMost] = done.res > 0 ? static_cast<std::size_t>(done.res) : 0;
      ++outstanding_;
      return;
    }
    const std::size_t bytes = sizes_[ended_++ % kMost];
    --outstanding_;
    sent.zero_copy_bytes += bytes;
    if ((static_cast<unsigned>(done.res) & kCopied) != 0) sent.copied_after_all_bytes += bytes;
  }

  // More than can be under way: each holds memory of the socket.
  static constexpr std::uint32_t kMost = 4096;

  const os::Mapping& mapping_;
  int sink_;
  std::size_t block_;
  os::UringQueue queue_;
  std::vector<std::size_t> sizes_ = std::vector<std::size_t>(kMost);
  std::uint32_t begun_ = 0;
  std::uint32_t ended_ = 0;
  std::uint32_t outstanding_ = 0;
  int result_ = kNone;
};

}  // namespace

extern const EngineSpec uring_send_zc_engine;
constinit const EngineSpec uring_send_zc_engine = {
    .row = {.name = "uring_send_zc",
            .summary =
                "io_uring: a zero-copy send from a shared mapping of the file; waits for the kernel's word "
                "on each, which says whether it copied after all",
            .needs = kUringSendZcNeeds},
    .shape = Shape::transfer,
    .advices = engine::kMappingAdvices,
    .uses_dataset = true,
    .make = []() -> std::unique_ptr<Engine> {
      return std::make_unique<engine::FromMapping<UringZeroCopyMove>>();
    },
    .faults = {.mapped = false},
    .kernel_work = KernelWork::calls,
    .refuses_sink = [](SinkKind kind) -> std::string_view {
      if (kind == SinkKind::tcp) return "";
      if (kind == SinkKind::unix_stream) return "a zero-copy send gives EOPNOTSUPP for AF_UNIX";
      return "a send gives ENOTSOCK for what is no socket";
    },
    .copies_into = [](SinkKind) -> std::optional<unsigned> { return 0; }};

}  // namespace faultlab
