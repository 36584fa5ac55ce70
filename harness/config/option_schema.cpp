// JSON Schema of plugin options, from the plugins' own rows.
#include <fmt/format.h>

#include <algorithm>

#include "config/settings.hpp"

namespace faultlab::config {
namespace {

Json bound(double value) {
  if (value >= static_cast<double>(kLargestInteger)) return kLargestInteger;
  return static_cast<std::uint64_t>(std::max(value, 0.0));
}

Json size_option(const OptionSpec& spec) {
  Json forms = Json::array(
      {{{"type", "string"}, {"pattern", kSizePattern}}, {{"type", "string"}, {"pattern", kSharePattern}}});
  if (spec.none_allowed) forms.push_back({{"const", "none"}});
  return {{"anyOf", forms}};
}

Json fallback(const OptionSpec& spec) {
  const bool numeric = spec.type == OptionType::integer || spec.type == OptionType::number;
  const Json number = numeric ? Json::parse(spec.fallback, nullptr, false) : Json();
  return number.is_number() ? number : Json(spec.fallback);
}

}  // namespace

Json option_schema(const OptionSpec& spec) {
  Json schema = {{"description", spec.meaning}};
  if (!spec.fallback.empty()) schema["default"] = fallback(spec);
  switch (spec.type) {
    case OptionType::size:
      schema.update(size_option(spec));
      break;
    case OptionType::integer:
      schema.update(
          {{"type", "integer"}, {"minimum", bound(spec.minimum)}, {"maximum", bound(spec.maximum)}});
      break;
    case OptionType::number:
      schema.update({{"type", "number"}, {"minimum", spec.minimum}, {"maximum", spec.maximum}});
      break;
    case OptionType::choice:
      schema["enum"] = std::vector<std::string_view>(spec.choices.begin(), spec.choices.end());
      break;
  }
  return schema;
}

Json option_properties(const Row& row, Json& required) {
  Json properties = Json::object();
  for (const OptionSpec& spec : row.options) {
    properties[std::string(spec.name)] = option_schema(spec);
    if (spec.fallback.empty()) required.push_back(spec.name);
  }
  return properties;
}

Json choice_schema(std::span<const Row* const> rows, std::string_view description) {
  Json forms = Json::array();
  for (const Row* row : rows) {
    Json required = Json::array({"kind"});
    Json properties = {{"kind", {{"const", row->name}}}};
    properties.update(option_properties(*row, required));
    if (required.size() == 1) forms.push_back({{"const", row->name}, {"description", row->summary}});
    forms.push_back({{"type", "object"},
                     {"description", row->summary},
                     {"properties", properties},
                     {"required", required},
                     {"additionalProperties", false}});
  }
  return {{"description", description}, {"anyOf", forms}};
}

}  // namespace faultlab::config
