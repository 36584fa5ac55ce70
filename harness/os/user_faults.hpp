// The owner of a userfaultfd(2): faults of this process that one of its threads ends.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/result.hpp"
#include "os/fd.hpp"

namespace faultlab::os {

class UserFaults {
 public:
  // Which faults of a stretch of memory are handed over.
  enum class Kind { missing, minor, write_protected };

  // An error with code EOPNOTSUPP where the kernel has no such faults to hand over, EPERM where it does not
  // hand them to this user.
  static Result<UserFaults> open(Kind kind);
  UserFaults() = default;

  bool held() const { return fd_.held(); }
  // Hands over the faults of these pages from now on; write_protected: and protects the pages.
  Result<> watch(std::byte* at, std::uint64_t pages) const;
  // Waits for a fault, at most so long; the beginning of its page.
  std::optional<std::uint64_t> next(int milliseconds) const;

  // Ends the faults of so many bytes by a copy of `source`. 0, or an errno: EEXIST where the first page is
  // there.
  int copy_in(std::uint64_t at, const std::byte* source, std::size_t size) const;
  // Lets those go on that wait for these bytes, which are there.
  void wake(std::uint64_t at, std::size_t size) const;
  // Ends a fault: by mapping the page that the file has, by allowing the write. False where the kernel
  // refused.
  bool let_be_mapped(std::uint64_t page) const;
  bool allow_write(std::uint64_t page) const;

 private:
  UserFaults(Fd fd, Kind kind) : fd_(std::move(fd)), kind_(kind) {}

  Fd fd_;
  Kind kind_ = Kind::missing;
};

}  // namespace faultlab::os
