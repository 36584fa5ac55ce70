// io_setup(2), io_destroy(2).
#include "os/aio_context.hpp"

#include <cerrno>
#include <system_error>

namespace faultlab::os {

Result<AioContext> AioContext::make(unsigned entries) {
  io_context_t context = nullptr;
  if (const int made = ::io_setup(static_cast<int>(entries), &context); made < 0) {
    return fail("make a context for asynchronous reads: " + std::generic_category().message(-made),
                made == -EAGAIN ? "raise fs.aio-max-nr, or take a smaller depth" : "",
                made == -ENOSYS ? EOPNOTSUPP : -made);
  }
  return AioContext(context);
}

AioContext::~AioContext() {
  if (context_ != nullptr) ::io_destroy(context_);
}

}  // namespace faultlab::os
