// Plugin options: types, ranges, defaults, and what to say of one that is missing.
#include "config/options.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "config/nearest.hpp"

namespace faultlab::config {
namespace {

// Bounds in a row are doubles, for all types alike.
std::uint64_t whole(double bound, std::uint64_t most) {
  return bound >= static_cast<double>(most) ? most : static_cast<std::uint64_t>(std::max(bound, 0.0));
}

std::optional<Options::Held> read_size_option(const OptionSpec& spec, const Node& node,
                                              const Context& context) {
  const SizeRange range{Bytes(whole(spec.minimum, kLargestSize.value)),
                        Bytes(whole(spec.maximum, kLargestSize.value))};
  if (node.kind != Kind::string) {
    if (const auto size = read_size(node, range, context.problems)) return size->value;
    return std::nullopt;
  }
  const auto& text = node.scalar.get_ref<const std::string&>();
  if (spec.none_allowed && text == "none") return kNoLimit.value;
  const auto share = parse_share(text);
  if (!share) {
    if (const auto size = read_size(node, range, context.problems)) return size->value;
    return std::nullopt;
  }
  if (!context.dataset) return std::uint64_t{0};
  const auto part = part_of(*share, *context.dataset);
  if (!part) {
    context.problems.add(Rule::size_range, *node.place,
                         fmt::format("{} does not fit into 64 bits", in_quotes(text)),
                         "write a smaller share");
    return std::nullopt;
  }
  if (!check_size(node, *part, range, context.problems)) return std::nullopt;
  return part->value;
}

// The default, as a value that stands where the options stand.
Node fallback_node(const OptionSpec& spec, const Place& place) {
  Node node;
  node.place = &place;
  const Json number = Json::parse(spec.fallback, nullptr, false);
  const bool numeric = spec.type == OptionType::integer || spec.type == OptionType::number;
  if (numeric && number.is_number()) {
    node.kind = number.is_number_float() ? Kind::number : Kind::integer;
    node.scalar = number;
  } else {
    node.kind = Kind::string;
    node.scalar = std::string(spec.fallback);
  }
  return node;
}

std::string example_of(const OptionSpec& spec) {
  switch (spec.type) {
    case OptionType::size:
      return "\"50% of dataset\"";
    case OptionType::integer:
      return fmt::format("{}", whole(std::max(spec.minimum, 1.0), kLargestInteger));
    case OptionType::number:
      return fmt::format("{}", spec.minimum);
    case OptionType::choice:
      return spec.choices.empty() ? "\"\"" : fmt::format("\"{}\"", spec.choices[0]);
  }
  return "";
}

}  // namespace

std::optional<Options::Held> read_option(const OptionSpec& spec, const Node& node, const Context& context) {
  switch (spec.type) {
    case OptionType::size:
      return read_size_option(spec, node, context);
    case OptionType::integer:
      return read_integer(node, {whole(spec.minimum, kLargestInteger), whole(spec.maximum, kLargestInteger)},
                          context.problems);
    case OptionType::number:
      return read_number(node, spec.minimum, spec.maximum, context.problems);
    case OptionType::choice:
      if (const auto word = read_name(node, spec.name, spec.choices, context.problems)) {
        return std::string(*word);
      }
      return std::nullopt;
  }
  return std::nullopt;
}

std::optional<Options> read_options(const Row& row, ObjectReader& reader, const Place& place,
                                    const Context& context) {
  Options options;
  bool complete = true;
  for (const OptionSpec& spec : row.options) {
    const std::string example = fmt::format("write \"{}\": {}", spec.name, example_of(spec));
    const Node* node =
        spec.fallback.empty() ? reader.required(spec.name, example) : reader.optional(spec.name);
    if (node == nullptr && spec.fallback.empty()) {
      complete = false;
      continue;
    }
    const auto held = node != nullptr ? read_option(spec, *node, context)
                                      : read_option(spec, fallback_node(spec, place), context);
    if (held) options.set(std::string(spec.name), *held);
    complete = complete && held.has_value();
  }
  return complete ? std::optional(std::move(options)) : std::nullopt;
}

std::optional<Chosen> read_choice(const Node& node, std::string_view noun, std::span<const Row* const> rows,
                                  const Context& context) {
  std::vector<std::string_view> names;
  for (const Row* row : rows) names.push_back(row->name);
  const auto row_named = [&](std::string_view name) {
    return *std::find_if(rows.begin(), rows.end(), [&](const Row* row) { return row->name == name; });
  };
  if (node.kind != Kind::object) {
    const auto name = read_name(node, noun, names, context.problems);
    if (!name) return std::nullopt;
    const Row* row = row_named(*name);
    Options options;
    for (const OptionSpec& spec : row->options) {
      if (spec.fallback.empty()) {
        context.problems.add(
            *node.place, fmt::format("{} {} needs its option {}", noun, *name, spec.name),
            fmt::format("write {{\"kind\": \"{}\", \"{}\": {}}}", *name, spec.name, example_of(spec)));
        return std::nullopt;
      }
      const auto held = read_option(spec, fallback_node(spec, *node.place), context);
      if (!held) return std::nullopt;
      options.set(std::string(spec.name), *held);
    }
    return Chosen{row, {std::string(*name), std::move(options)}};
  }
  ObjectReader reader(node, noun, context.problems);
  const Node* kind = reader.required("kind", one_of(names));
  const auto name = kind == nullptr ? std::nullopt : read_name(*kind, noun, names, context.problems);
  if (!name) return std::nullopt;
  const Row* row = row_named(*name);
  auto options = read_options(*row, reader, *node.place, context);
  reader.finish();
  if (!options) return std::nullopt;
  return Chosen{row, {std::string(*name), std::move(*options)}};
}

std::optional<Options> read_pressure(const PressureSpec& spec, const Node& node, const Context& context) {
  ObjectReader reader(node, "pressure's options", context.problems);
  if (!reader.usable()) return std::nullopt;
  auto options = read_options(spec.row, reader, *node.place, context);
  reader.finish();
  return options;
}

Json canonical_option(const OptionSpec& spec, const Node* node) {
  const Place nowhere;
  const Node value = node != nullptr ? *node : fallback_node(spec, nowhere);
  if (spec.type == OptionType::size) {
    const auto size = parse_size(value.scalar.get_ref<const std::string&>());
    return size ? Json(size_text(*size)) : value.scalar;
  }
  if (spec.type == OptionType::integer) return value.scalar.get<std::uint64_t>();
  if (spec.type == OptionType::number) return value.scalar.get<double>();
  return value.scalar;
}

}  // namespace faultlab::config
