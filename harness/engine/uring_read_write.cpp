// The engine `uring_read_write`: a read and a write, linked, by one system call.
#include <algorithm>

#include "engine/buffer.hpp"
#include "engine/transfer.hpp"
#include "engine/uring_pair.hpp"

namespace faultlab {
namespace {

class UringReadMove {
 public:
  static Result<UringReadMove> make(int file, int sink, const AccessSetup& setup) {
    auto buffer = engine::touched_buffer(setup.block);
    if (!buffer) return propagate(std::move(buffer));
    auto pair = engine::UringPair::make();
    if (!pair) return propagate(std::move(pair));
    return UringReadMove(file, sink, std::move(*buffer), std::move(*pair));
  }

  int operator()(std::uint64_t offset, Sent& sent) const noexcept {
    const auto size = static_cast<unsigned>(buffer_.size());
    const auto results = pair_.run(
        sent, [&](io_uring_sqe* entry) { ::io_uring_prep_read(entry, file_, buffer_.data(), size, offset); },
        [&](io_uring_sqe* entry) {
          ::io_uring_prep_write(entry, sink_, buffer_.data(), size, static_cast<__u64>(-1));
        });
    if (results.error != 0) return results.error;
    if (results.first < 0) return -results.first;
    if (static_cast<unsigned>(results.first) != size) return EIO;  // the file has ended
    sent.uring_read_bytes += size;
    if (!engine::can_go_on(results.second)) return -results.second;
    const auto done = static_cast<std::size_t>(std::max(results.second, 0));
    if (done == size) return 0;
    ++sent.partial_calls;
    return engine::write_all(sink_, buffer_.data() + done, size - done, sent);
  }

 private:
  UringReadMove(int file, int sink, os::Mapping buffer, engine::UringPair pair)
      : file_(file), sink_(sink), buffer_(std::move(buffer)), pair_(std::move(pair)) {}
  int file_;
  int sink_;
  os::Mapping buffer_;
  engine::UringPair pair_;
};

}  // namespace

extern const EngineSpec uring_read_write_engine;
constinit const EngineSpec uring_read_write_engine = {
    .row = {.name = "uring_read_write",
            .summary = "io_uring: a read of each block into a buffer and, linked to it, a write to the sink"},
    .shape = Shape::transfer,
    .advices = engine::kDescriptorAdvices,
    .uses_dataset = true,
    .make = []() -> std::unique_ptr<Engine> { return std::make_unique<engine::FromFile<UringReadMove>>(); },
    .faults = {.mapped = false},
    .kernel_work = KernelWork::calls,
    .copies_into = engine::copies_by_write};

}  // namespace faultlab
