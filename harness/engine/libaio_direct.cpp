// The engine `libaio_direct`: Linux's older asynchronous reads, which are asynchronous past the page cache
// only.
#include <vector>

#include "engine/queued.hpp"
#include "engine/reading_file.hpp"
#include "os/aio_context.hpp"

namespace faultlab {
namespace {

constexpr OptionSpec kLibaioOptions[] = {engine::kDepthOption};

class AioReads {
 public:
  static Result<AioReads> make(const os::Fd& file, unsigned depth) {
    auto context = os::AioContext::make(depth);
    if (!context) return propagate(std::move(context));
    return AioReads(std::move(*context), file.get(), depth);
  }

  void put(const engine::QueuedRead& read) noexcept {
    iocb& block = blocks_[read.slot];
    ::io_prep_pread(&block, file_, read.into, read.size, static_cast<long long>(read.offset));
    pending_.push_back(&block);
  }

  template <class Ended>
  int reap(Account& account, bool wait, Ended ended) noexcept {
    if (const int error = submit(account); error != 0) return error;
    int got = 0;
    do {
      got = ::io_getevents(context_.get(), wait ? 1 : 0, static_cast<long>(events_.size()), events_.data(),
                           nullptr);
      ++account.calls;
    } while (got == -EINTR);
    if (got < 0) return -got;
    for (int i = 0; i < got; ++i) {
      const io_event& event = events_[static_cast<std::size_t>(i)];
      // The kernel's number is signed, and libaio's type is not.
      ended(static_cast<unsigned>(event.obj - blocks_.data()),
            static_cast<int>(static_cast<long>(event.res)));
    }
    return 0;
  }

 private:
  AioReads(os::AioContext context, int file, unsigned depth)
      : context_(std::move(context)), file_(file), blocks_(depth), events_(depth) {
    pending_.reserve(depth);
  }

  int submit(Account& account) noexcept {
    std::size_t done = 0;
    while (done < pending_.size()) {
      const int taken =
          ::io_submit(context_.get(), static_cast<long>(pending_.size() - done), pending_.data() + done);
      ++account.calls;
      if (taken < 0) return -taken;
      done += static_cast<std::size_t>(taken);
    }
    pending_.clear();
    return 0;
  }

  os::AioContext context_;
  int file_;
  std::vector<iocb> blocks_;  // one for each slot
  std::vector<io_event> events_;
  std::vector<iocb*> pending_;  // taken, not submitted; never grows
};

class AioFile final : public engine::OpenedFile {
 public:
  AioFile() : OpenedFile(O_RDONLY | O_DIRECT) {}

  Result<std::unique_ptr<Accessor>> worker(unsigned) override {
    return engine::queued_worker(
        setup(), [&](const os::Mapping&, unsigned depth) { return AioReads::make(file(), depth); });
  }
};

}  // namespace

extern const EngineSpec libaio_direct_engine;
constinit const EngineSpec libaio_direct_engine = {
    .row = {.name = "libaio_direct",
            .summary =
                "io_submit(2) with O_DIRECT: several reads of blocks under way at once, past the page cache",
            .options = kLibaioOptions},
    .shape = Shape::access,
    .advices = engine::kNormalOnly,
    .uses_dataset = true,
    .make = []() -> std::unique_ptr<Engine> { return std::make_unique<AioFile>(); },
    .faults = {.mapped = false},
    .kernel_work = KernelWork::calls,
    .queues = true,
    .kept = Kept::nowhere,
    .accounts = Accounts::calls};

}  // namespace faultlab
