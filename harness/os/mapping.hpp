// The owner of a memory mapping.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <utility>

#include "base/result.hpp"
#include "base/units.hpp"
#include "os/fd.hpp"

namespace faultlab::os {

class Mapping {
 public:
  // mmap(2) of the first `size` bytes of a file.
  static Result<Mapping> of_file(const Fd& fd, Bytes size, int protection, int flags);
  // mmap(2) of anonymous private memory, read-write.
  static Result<Mapping> anonymous(Bytes size);
  // The same, of 4 KiB pages whatever the host's setting for huge ones.
  static Result<Mapping> anonymous_small(Bytes size);
  // The same, of huge pages of `page` bytes from the host's pool, which must have enough of them free.
  static Result<Mapping> anonymous_pooled(Bytes size, Bytes page);

  Mapping() = default;
  Mapping(Mapping&& other) noexcept
      : at_(std::exchange(other.at_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  Mapping& operator=(Mapping&& other) noexcept {
    if (this != &other) {
      reset();
      at_ = std::exchange(other.at_, nullptr);
      size_ = std::exchange(other.size_, 0);
    }
    return *this;
  }
  ~Mapping() { reset(); }

  std::byte* data() const { return at_; }
  std::size_t size() const { return size_; }
  std::span<std::byte> bytes() const { return {at_, size_}; }
  bool held() const { return at_ != nullptr; }
  void reset();

  // madvise(2), never posix_madvise(3): glibc's POSIX_MADV_DONTNEED does nothing.
  Result<> advise(int advice) const;
  // mlock(2).
  Result<> lock() const;

 private:
  Mapping(std::byte* at, std::size_t size) : at_(at), size_(size) {}
  std::byte* at_ = nullptr;
  std::size_t size_ = 0;
};

// madvise(2) of a part of a mapping: whole pages.
Result<> advise(std::span<std::byte> memory, int advice);

}  // namespace faultlab::os
