// The engine `uring_splice`: both halves of a splice, linked, by one system call.
#include <algorithm>

#include "engine/splicing.hpp"
#include "engine/uring_pair.hpp"

namespace faultlab {
namespace {

class UringSpliceMove {
 public:
  static Result<UringSpliceMove> make(int file, int sink, const AccessSetup& setup) {
    auto pipe = engine::InnerPipe::make(setup.options);
    if (!pipe) return propagate(std::move(pipe));
    auto pair = engine::UringPair::make();
    if (!pair) return propagate(std::move(pair));
    const std::size_t most = std::min<std::size_t>(setup.block.value, setup.options.bytes("pipe").value);
    return UringSpliceMove(file, sink, setup.block.value, most, std::move(*pipe), std::move(*pair));
  }

  int operator()(std::uint64_t offset, Sent& sent) const noexcept {
    for (std::size_t done = 0; done < block_;) {
      const auto results = splice_pair(offset + done, std::min(most_, block_ - done), sent);
      if (results.error != 0) return results.error;
      if (results.first < 0) return -results.first;
      if (results.first == 0) return EIO;  // the file has ended
      if (!engine::can_go_on(results.second)) return -results.second;
      const auto left = static_cast<std::size_t>(results.first - std::max(results.second, 0));
      if (left > 0) {
        ++sent.partial_calls;
        if (const int error = pipe_.drain(left, sink_, sent); error != 0) return error;
      }
      done += static_cast<std::size_t>(results.first);
    }
    return 0;
  }

 private:
  UringSpliceMove(int file, int sink, std::size_t block, std::size_t most, engine::InnerPipe pipe,
                  engine::UringPair pair)
      : file_(file),
        sink_(sink),
        block_(block),
        most_(most),
        pipe_(std::move(pipe)),
        pair_(std::move(pair)) {}

  engine::UringPair::Results splice_pair(std::uint64_t offset, std::size_t size, Sent& sent) const noexcept {
    constexpr std::int64_t kNoOffset = -1;
    const auto count = static_cast<unsigned>(size);
    return pair_.run(
        sent,
        [&](io_uring_sqe* entry) {
          ::io_uring_prep_splice(entry, file_, static_cast<std::int64_t>(offset), pipe_.inlet(), kNoOffset,
                                 count, SPLICE_F_MOVE);
        },
        [&](io_uring_sqe* entry) {
          ::io_uring_prep_splice(entry, pipe_.outlet(), kNoOffset, sink_, kNoOffset, count, SPLICE_F_MOVE);
        });
  }

  int file_;
  int sink_;
  std::size_t block_;
  std::size_t most_;  // of one pair
  engine::InnerPipe pipe_;
  engine::UringPair pair_;
};

}  // namespace

extern const EngineSpec uring_splice_engine;
constinit const EngineSpec uring_splice_engine = {
    .row = {.name = "uring_splice",
            .summary =
                "io_uring: a splice from the file into a pipe and, linked to it, one from there to the "
                "sink; the kernel does both in a thread of its own",
            .options = engine::kPipeOptions},
    .shape = Shape::transfer,
    .advices = engine::kDescriptorAdvices,
    .uses_dataset = true,
    .make = []() -> std::unique_ptr<Engine> { return std::make_unique<engine::FromFile<UringSpliceMove>>(); },
    .faults = {.mapped = false},
    .kernel_work = KernelWork::calls,
    .copies_into = engine::copies_by_splice};

}  // namespace faultlab
