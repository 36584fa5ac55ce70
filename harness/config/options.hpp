// Reads a chosen plugin and its options, as its row declares them.
#pragma once

#include "config/reader.hpp"

namespace faultlab::config {

// One option's value. A share needs the dataset's size: where the context has none, the value is checked
// but holds nothing of use.
std::optional<Options::Held> read_option(const OptionSpec& spec, const Node& node, const Context& context);

// The options of `row`, read off an object whose other keys are `reader`'s business; defaults filled in.
std::optional<Options> read_options(const Row& row, ObjectReader& reader, const Place& place,
                                    const Context& context);

struct Chosen {
  const Row* row;
  Choice choice;
};
// "zipf", or {"kind": "zipf", "theta": 0.9}.
std::optional<Chosen> read_choice(const Node& node, std::string_view noun, std::span<const Row* const> rows,
                                  const Context& context);

// The options object of a pressure: {"limit": "50% of dataset"}.
std::optional<Options> read_pressure(const PressureSpec& spec, const Node& node, const Context& context);

// An option as the resolved config shows it; `node` may be null: the default.
Json canonical_option(const OptionSpec& spec, const Node* node);

}  // namespace faultlab::config
