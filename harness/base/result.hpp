// Errors as values: what was being done, why it failed, and what to try.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace faultlab {

// One failure. `what` is a sentence that names the object and the cause; `remedy` tells the user
// what to do about it. It is built on the failing line, gains context on the way up through
// `within`, and is printed once, in app/.
struct Error {
  std::string what;
  std::string remedy;
  int code = 0;  // errno where the kernel said no, else 0

  // Prepends the larger task: "start trial 7: " + what.
  Error within(std::string_view task) && {
    what = std::string(task) + ": " + what;
    return std::move(*this);
  }
};

template <class T = void>
using Result = tl::expected<T, Error>;

using Failure = tl::unexpected<Error>;

inline Failure fail(std::string what, std::string remedy = {}, int code = 0) {
  return Failure(Error{std::move(what), std::move(remedy), code});
}

// Hands a callee's error to the caller, with the larger task before it when one is given.
template <class T>
Failure propagate(Result<T>&& result, std::string_view task = {}) {
  if (task.empty()) return Failure(std::move(result).error());
  return Failure(std::move(result).error().within(task));
}

}  // namespace faultlab
