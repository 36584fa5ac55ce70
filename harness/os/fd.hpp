// The owner of a file descriptor, and the few ways to make one.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <utility>

#include "base/result.hpp"
#include "base/units.hpp"

namespace faultlab::os {

class Fd {
 public:
  Fd() = default;
  explicit Fd(int raw) : raw_(raw) {}
  Fd(Fd&& other) noexcept : raw_(std::exchange(other.raw_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    if (this != &other) {
      reset();
      raw_ = std::exchange(other.raw_, -1);
    }
    return *this;
  }
  ~Fd() { reset(); }

  int get() const { return raw_; }
  bool held() const { return raw_ >= 0; }
  void reset();
  // Hands the descriptor to another owner.
  int release() { return std::exchange(raw_, -1); }

 private:
  int raw_ = -1;
};

// The error of a system call that has just failed: "<doing>: <strerror(errno)>".
Failure os_failure(std::string doing, std::string remedy = {});

// open(2) with O_CLOEXEC.
Result<Fd> open_fd(const std::string& path, int flags, unsigned mode = 0644);

struct Pipe {
  Fd read_end;
  Fd write_end;
};
// pipe2(2) with O_CLOEXEC.
Result<Pipe> make_pipe();

// memfd_create(2) of the given size; inherited by children that are given it.
Result<Fd> make_memfd(const char* name, Bytes size);

// dup2(2) onto a fixed number, in a child between fork and exec: no allocation, false on failure.
bool move_to(int raw, int target);

// Writes everything or fails; a short write is continued.
Result<> write_all(const Fd& fd, std::string_view bytes, const std::string& doing);
// Reads to the end.
Result<std::string> read_all(const Fd& fd, const std::string& doing);

}  // namespace faultlab::os
