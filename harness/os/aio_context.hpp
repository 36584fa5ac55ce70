// The owner of a context of Linux's asynchronous input and output (libaio).
#pragma once

#include <libaio.h>

#include <utility>

#include "base/result.hpp"

namespace faultlab::os {

class AioContext {
 public:
  // io_setup(2): room for so many operations.
  static Result<AioContext> make(unsigned entries);
  AioContext(AioContext&& other) noexcept : context_(std::exchange(other.context_, nullptr)) {}
  AioContext& operator=(AioContext&&) = delete;
  ~AioContext();

  io_context_t get() const { return context_; }

 private:
  explicit AioContext(io_context_t context) : context_(context) {}
  io_context_t context_ = nullptr;
};

}  // namespace faultlab::os
