// Terminal output.
#include "app/terminal.hpp"

namespace faultlab::app {

void print_error(const std::string& what, const std::string& remedy) {
  say("faultlab: {}\n", what);
  if (!remedy.empty()) say("  {}\n", remedy);
}

void print_error(const Error& error) { print_error(error.what, error.remedy); }

}  // namespace faultlab::app
