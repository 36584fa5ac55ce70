// What the user sees: data on stdout, progress and errors on stderr.
#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <string>
#include <utility>

#include "base/result.hpp"

namespace faultlab::app {

// On stderr. That nobody reads it any more is no reason to stop measuring, so failures are let go.
template <class... Arguments>
void say(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  const std::string text = fmt::format(format, std::forward<Arguments>(arguments)...);
  [[maybe_unused]] const auto written = std::fwrite(text.data(), 1, text.size(), stderr);
}

// "faultlab: <what>" and the remedy, on stderr.
void print_error(const Error& error);
void print_error(const std::string& what, const std::string& remedy = {});

}  // namespace faultlab::app
