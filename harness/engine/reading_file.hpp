// Engines that read through one descriptor that all workers share.
#pragma once

#include <utility>

#include "engine/descriptor.hpp"
#include "engine/policy.hpp"
#include "os/fd.hpp"

namespace faultlab::engine {

// Opens the file and sets its policy; how a worker reads is the derived class's.
class OpenedFile : public Engine {
 public:
  // `flags` of open(2).
  explicit OpenedFile(int flags) : flags_(flags) {}

  Result<> prepare(const AccessSetup& setup) override {
    setup_ = setup;
    auto fd = os::open_fd(setup.path, flags_);
    if (!fd) return propagate(std::move(fd));
    fd_ = std::move(*fd);
    return does_io(setup.advice) ? Result<>() : advise(fd_, setup.advice, setup.path);
  }

  Result<> begin() override {
    return does_io(setup_.advice) ? advise(fd_, setup_.advice, setup_.path) : Result<>();
  }

 protected:
  const AccessSetup& setup() const { return setup_; }
  const os::Fd& file() const { return fd_; }

 private:
  int flags_;
  AccessSetup setup_;
  os::Fd fd_;
};

// `Read` is made of a descriptor, and reads a block at an offset.
template <class Read>
class ReadingFile final : public OpenedFile {
 public:
  using OpenedFile::OpenedFile;

  Result<std::unique_ptr<Accessor>> worker(unsigned) override {
    return descriptor_worker(Read(file().get()), setup());
  }
};

}  // namespace faultlab::engine
