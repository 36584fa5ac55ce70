// Typed reading of scalars and objects.
#include "config/reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "config/nearest.hpp"

namespace faultlab::config {
namespace {

const std::string& text_of(const Node& node) { return node.scalar.get_ref<const std::string&>(); }

void expected(std::string_view what, const Node& node, std::string_view remedy, Problems& problems) {
  problems.add(*node.place, fmt::format("expected {}, got {}", what, describe(node)), std::string(remedy));
}

// The integer that the node holds, however it is written; nothing where it holds none or a negative one.
std::optional<std::uint64_t> exact_integer(const Node& node) {
  if (node.kind == Kind::integer) {
    if (node.scalar.is_number_unsigned()) return node.scalar.get<std::uint64_t>();
    const auto value = node.scalar.get<std::int64_t>();
    return value < 0 ? std::nullopt : std::optional(static_cast<std::uint64_t>(value));
  }
  if (node.kind != Kind::number) return std::nullopt;
  const double value = node.scalar.get<double>();
  if (value < 0 || value > static_cast<double>(kLargestInteger) || std::floor(value) != value) {
    return std::nullopt;
  }
  return static_cast<std::uint64_t>(value);
}

}  // namespace

ObjectReader::ObjectReader(const Node& node, std::string_view noun, Problems& problems)
    : node_(node.kind == Kind::object ? &node : nullptr), noun_(noun), problems_(problems) {
  if (node_ == nullptr) expected(fmt::format("the {} as an object", noun), node, "write { ... }", problems);
}

const Node* ObjectReader::optional(std::string_view key) {
  if (std::find(asked_.begin(), asked_.end(), key) == asked_.end()) asked_.push_back(key);
  return node_ == nullptr ? nullptr : node_->find(key);
}

const Node* ObjectReader::required(std::string_view key, std::string_view remedy) {
  const Node* value = optional(key);
  if (value == nullptr && node_ != nullptr) {
    problems_.add(*node_->place, fmt::format("the required key \"{}\" is missing", key), std::string(remedy));
  }
  return value;
}

void ObjectReader::finish() const {
  if (node_ == nullptr) return;
  for (const Member& member : node_->members) {
    if (problems_.full()) return;
    if (std::find(asked_.begin(), asked_.end(), member.key) != asked_.end()) continue;
    problems_.add(*member.key_place,
                  unknown_name("key", member.key, asked_) + fmt::format(" (in the {})", noun_),
                  asked_.empty() ? "remove it: nothing can be set here" : one_of(asked_));
  }
}

std::optional<std::uint64_t> read_integer(const Node& node, IntegerRange range, Problems& problems) {
  const auto value = exact_integer(node);
  if (value && *value >= range.least && *value <= range.most) return value;
  expected(fmt::format("an integer from {} to {}", range.least, range.most), node,
           "write it as a plain number, without quotes", problems);
  return std::nullopt;
}

std::optional<double> read_number(const Node& node, double least, double most, Problems& problems) {
  if (node.kind == Kind::integer || node.kind == Kind::number) {
    const double value = node.scalar.get<double>();
    if (value >= least && value <= most) return value;
  }
  expected(fmt::format("a number from {} to {}", least, most), node,
           "write it as a plain number, without quotes", problems);
  return std::nullopt;
}

std::optional<std::string> read_text(const Node& node, std::string_view noun, Problems& problems) {
  if (node.kind == Kind::string && !text_of(node).empty()) return text_of(node);
  expected(fmt::format("a {}: a text that is not empty", noun), node, "write it in quotes", problems);
  return std::nullopt;
}

std::optional<std::string_view> read_name(const Node& node, std::string_view noun,
                                          std::span<const std::string_view> names, Problems& problems) {
  if (node.kind != Kind::string) {
    expected(fmt::format("a word for {}", noun), node, one_of(names), problems);
    return std::nullopt;
  }
  const auto at = std::find(names.begin(), names.end(), text_of(node));
  if (at != names.end()) return *at;
  problems.add(*node.place, unknown_name(noun, text_of(node), names), one_of(names));
  return std::nullopt;
}

void add_text_error(const Node& node, const TextError& error, Rule too_large, Problems& problems) {
  switch (error.flaw) {
    case TextError::Flaw::form:
      return problems.add(*node.place, error.what, error.remedy);
    case TextError::Flaw::not_whole:
      return problems.add(Rule::whole_units, *node.place, error.what, error.remedy);
    case TextError::Flaw::too_large:
      return problems.add(too_large, *node.place, error.what, error.remedy);
  }
}

bool check_size(const Node& node, Bytes size, const SizeRange& range, Problems& problems) {
  if (size < range.least || size > range.most) {
    problems.add(Rule::size_range, *node.place, fmt::format("{} is out of range", size_text(size)),
                 fmt::format("write a size from {} to {}", size_text(range.least), size_text(range.most)));
    return false;
  }
  if (range.whole_pages && size.value % kPage.value != 0) {
    const Bytes below = bytes_of(pages_floor(size));
    problems.add(Rule::page_multiple, *node.place,
                 fmt::format("{} is not a multiple of the page, 4 KiB", size_text(size)),
                 fmt::format("write \"{}\"", size_text(below < range.least ? range.least : below)));
    return false;
  }
  return true;
}

std::optional<Bytes> read_size(const Node& node, const SizeRange& range, Problems& problems) {
  if (node.kind != Kind::string) {
    const std::string remedy = parse_size(node.scalar.dump()).error().remedy;
    expected("a size with its unit", node, remedy, problems);
    return std::nullopt;
  }
  const auto size = parse_size(text_of(node));
  if (!size) {
    add_text_error(node, size.error(), Rule::size_range, problems);
    return std::nullopt;
  }
  return check_size(node, *size, range, problems) ? std::optional(*size) : std::nullopt;
}

std::optional<std::uint64_t> read_duration(const Node& node, const DurationRange& range, Problems& problems) {
  if (node.kind != Kind::string) {
    const std::string remedy = parse_duration(node.scalar.dump()).error().remedy;
    expected("a duration with its unit", node, remedy, problems);
    return std::nullopt;
  }
  const auto duration = parse_duration(text_of(node));
  if (!duration) {
    add_text_error(node, duration.error(), Rule::duration_range, problems);
    return std::nullopt;
  }
  if (*duration < range.least_ns || *duration > range.most_ns) {
    problems.add(Rule::duration_range, *node.place,
                 fmt::format("{} is out of range", in_quotes(text_of(node))),
                 fmt::format("write a duration from {} to {}", duration_text(range.least_ns),
                             duration_text(range.most_ns)));
    return std::nullopt;
  }
  return *duration;
}

}  // namespace faultlab::config
