// A stage of a trial that went well, or the ending that it led to.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

#include "base/result.hpp"
#include "record/record.hpp"

namespace faultlab::run {

struct Ending {
  record::Outcome outcome = record::Outcome::ok;
  std::string reason;
};

// A stage's yield, or the ending that it led to.
template <class T = void>
using OrEnding = tl::expected<T, Ending>;
using Ended = tl::unexpected<Ending>;

inline Ended ended(record::Outcome outcome, std::string reason) {
  return Ended(Ending{outcome, std::move(reason)});
}
inline Ended failed(const Error& error) {
  return ended(record::Outcome::failed,
               error.remedy.empty() ? error.what : error.what + " (" + error.remedy + ")");
}

}  // namespace faultlab::run
