// A plugin's options as an empty config gives them: every default, read from its OptionSpec.
#pragma once

#include <string>

#include "catalogue/row.hpp"

namespace faultlab::contract {

// A required size, and one that may be none, is `size`.
inline Options default_options(const Row& row, Bytes size = kNoLimit) {
  Options options;
  for (const OptionSpec& option : row.options) {
    const std::string text(option.fallback);
    switch (option.type) {
      case OptionType::integer:
        options.set(std::string(option.name), static_cast<std::uint64_t>(std::stoull(text)));
        break;
      case OptionType::number:
        options.set(std::string(option.name), std::stod(text));
        break;
      case OptionType::choice:
        options.set(std::string(option.name), text);
        break;
      case OptionType::size:
        options.set(std::string(option.name), size.value);
        break;
    }
  }
  return options;
}

}  // namespace faultlab::contract
