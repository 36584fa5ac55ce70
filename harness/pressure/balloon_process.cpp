// A balloon of locked memory: blown up until so much is left, held still, given back where the host needs it.
#include "pressure/balloon_process.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <thread>
#include <vector>

#include "base/units.hpp"
#include "host/memory.hpp"
#include "os/fd.hpp"
#include "os/file.hpp"
#include "os/mapping.hpp"

namespace faultlab {
namespace {

constexpr auto kBalloonTick = std::chrono::milliseconds(2);
constexpr Bytes kLargePiece{std::uint64_t{64} << 20};
constexpr Bytes kSmallPiece{std::uint64_t{2} << 20};

class Balloon {
 public:
  explicit Balloon(BalloonPage& page) : page_(page) {}

  void look() {
    const auto memory = host::host_memory();
    if (!memory) return;
    if (memory->available < memory->floor() && !pieces_.empty()) {
      const std::uint64_t lowest = page_.lowest.load();
      if (lowest == 0 || memory->available.value < lowest) page_.lowest.store(memory->available.value);
      let_go();
      return;
    }
    const Bytes leave(page_.leave.load());
    if (leave == settled_) return;
    if (settled_ == Bytes(0)) {
      blow_up_to(leave, memory->available);
    } else {
      resize(leave);
    }
  }

 private:
  // The first time, by what the host has; what the trial takes later is not taken from the balloon.
  void blow_up_to(Bytes leave, Bytes available) {
    if (available >= leave + kSmallPiece) {
      grow(available >= leave + kLargePiece + kLargePiece ? kLargePiece : kSmallPiece);
    } else if (!listed_pages_given_back_) {
      host::give_back_listed_pages();
      listed_pages_given_back_ = true;
    } else {
      settle(leave);
    }
  }

  // Later, by the difference to what was left before.
  void resize(Bytes leave) {
    if (leave > settled_) {
      for (std::uint64_t more = leave.value - settled_.value; more > 0 && !pieces_.empty();) {
        more -= std::min<std::uint64_t>(more, pieces_.back().size());
        let_go();
      }
    } else {
      for (std::uint64_t less = settled_.value - leave.value; less >= kSmallPiece.value;) {
        const Bytes piece = less >= kLargePiece.value ? kLargePiece : kSmallPiece;
        if (!grow(piece)) return;
        less -= piece.value;
      }
    }
    settle(leave);
  }

  void settle(Bytes leave) {
    settled_ = leave;
    page_.left_for.store(leave.value);
  }

  bool grow(Bytes size) {
    auto piece = os::Mapping::anonymous(size);
    Result<> locked;
    if (piece) {
      // Where the kernel has no huge pages it takes longer, no more.
      static_cast<void>(piece->advise(MADV_HUGEPAGE));
      locked = piece->lock();
    }
    if (!piece || !locked) {
      page_.error.store(piece ? locked.error().code : piece.error().code);
      return false;
    }
    pieces_.push_back(std::move(*piece));
    page_.held.fetch_add(size.value);
    return true;
  }

  void let_go() {
    page_.held.fetch_sub(pieces_.back().size());
    pieces_.pop_back();
  }

  BalloonPage& page_;
  Bytes settled_{0};
  bool listed_pages_given_back_ = false;  // what they were stands in `available` from the next look on
  std::vector<os::Mapping> pieces_;
};

}  // namespace

int work_as_balloon() {
  const os::Fd fd(kBalloonFd);
  auto shared = os::Mapping::of_file(fd, Bytes(sizeof(BalloonPage)), PROT_READ | PROT_WRITE, MAP_SHARED);
  if (!shared) return 1;
  // Where memory runs out all the same, this process is the one to go (proc(5), oom_score_adj).
  if (!os::write_kernel_file("/proc/self/oom_score_adj", "1000")) return 1;
  Balloon balloon(*reinterpret_cast<BalloonPage*>(shared->data()));
  for (;;) {
    balloon.look();
    std::this_thread::sleep_for(kBalloonTick);
  }
}

}  // namespace faultlab
