// A forked process that touches a known number of untouched pages when it is told to: what faults it
// makes is known to the fault. Its own code, stack and pipes have been touched before.
#pragma once

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace faultlab::testing {

// A sanitizer's shadow memory faults too: counts are exact without one only.
constexpr bool sanitized() { return !std::string_view(FAULTLAB_SANITIZE).empty(); }

constexpr std::size_t kPageBytes = 4096;

[[gnu::noinline, gnu::no_sanitize_address, gnu::no_sanitize_thread]] inline void touch_pages(
    volatile char* at, std::size_t pages) {
  for (std::size_t i = 0; i < pages; ++i) at[i * kPageBytes] = 1;
}

class Toucher {
 public:
  // Of `user` pages every one is written once; `kernel` pages after them are filled by read(2); then a page
  // that may not be touched is touched `failures` times.
  Toucher(std::size_t user, std::size_t kernel, std::size_t failures = 0)
      : user_(user), kernel_(kernel), failures_(failures) {
    memory_ = map(user + kernel);
    warm_up_ = map(user + kernel);
    zeros_ = ::open("/dev/zero", O_RDONLY | O_CLOEXEC);
    if (::pipe(to_child_.data()) != 0 || ::pipe(from_child_.data()) != 0) return;
    pid_ = ::fork();
    if (pid_ == 0) live();
    wait();  // until it has warmed up, and has listened once
    touch();
  }
  Toucher(const Toucher&) = delete;
  Toucher& operator=(const Toucher&) = delete;
  ~Toucher() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    for (const int fd : {to_child_[0], to_child_[1], from_child_[0], from_child_[1], zeros_}) ::close(fd);
    ::munmap(closed_, kPageBytes);
    for (char* each : {memory_, warm_up_}) ::munmap(each, (user_ + kernel_) * kPageBytes);
  }

  pid_t pid() const { return pid_; }
  // The same in the child: it is a fork.
  std::uint64_t begin() const { return reinterpret_cast<std::uint64_t>(memory_); }
  std::uint64_t kernel_begin() const { return begin() + user_ * kPageBytes; }
  std::uint64_t end() const { return begin() + (user_ + kernel_) * kPageBytes; }
  void touch() {
    tell();
    wait();
  }

 private:
  static char* map(std::size_t pages) {
    void* at =
        ::mmap(nullptr, pages * kPageBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ::madvise(at, pages * kPageBytes, MADV_NOHUGEPAGE);
    return static_cast<char*>(at);
  }
  [[noreturn]] void live() {
    struct sigaction action {};
    action.sa_handler = [](int) { ::siglongjmp(back_, 1); };
    ::sigaction(SIGSEGV, &action, nullptr);
    // A word from the parent, too: the first call of read(2) is bound then, and faults.
    work(warm_up_);
    say();
    hear();
    say();
    for (;;) {
      hear();
      work(memory_);
      say();
    }
  }
  void work(char* at) {
    touch_pages(at, user_);
    for (std::size_t i = 0; i < kernel_; ++i) {
      if (::read(zeros_, at + (user_ + i) * kPageBytes, 1) != 1) ::_exit(1);
    }
    for (failed_ = 0; failed_ < failures_; ++failed_) {
      if (sigsetjmp(back_, 1) == 0) touch_pages(closed_, 1);
    }
  }
  void hear() {
    if (::read(to_child_[0], &word_, 1) != 1) ::_exit(1);
  }
  void say() {
    if (::write(from_child_[1], &word_, 1) != 1) ::_exit(1);
  }
  void tell() { [[maybe_unused]] auto wrote = ::write(to_child_[1], &word_, 1); }
  void wait() { [[maybe_unused]] auto got = ::read(from_child_[0], &word_, 1); }

  std::size_t user_;
  std::size_t kernel_;
  std::size_t failures_;
  std::size_t failed_ = 0;
  static inline sigjmp_buf back_;
  char* closed_ =
      static_cast<char*>(::mmap(nullptr, kPageBytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  char* memory_ = nullptr;
  char* warm_up_ = nullptr;
  int zeros_ = -1;
  char word_ = 'x';
  std::array<int, 2> to_child_{};
  std::array<int, 2> from_child_{};
  pid_t pid_ = 0;
};

}  // namespace faultlab::testing
