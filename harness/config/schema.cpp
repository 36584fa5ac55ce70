// Assembles the schema: a definition per settable path, then the objects that use them.
#include "config/schema.hpp"

#include <fmt/format.h>

#include "config/checks.hpp"

namespace faultlab::config {
namespace {

Json reference(std::string_view definition) {
  return {{"$ref", fmt::format("#/definitions/{}", definition)}};
}

Json described(Json schema, std::string_view description) {
  Json out = {{"description", description}};
  out.update(schema);
  return out;
}

// An object of the settings right below `prefix`.
Json section(std::span<const Setting> settings, std::string_view prefix, std::string_view description,
             const Json& required) {
  Json properties = Json::object();
  for (const Setting& setting : settings) {
    const std::string_view path = setting.path;
    if (!path.starts_with(prefix) || path.substr(prefix.size()).find('.') != std::string_view::npos) continue;
    properties[std::string(path.substr(prefix.size()))] = reference(path);
  }
  Json object = {{"description", description}, {"type", "object"}, {"properties", properties}};
  if (!required.empty()) object["required"] = required;
  object["additionalProperties"] = false;
  return object;
}

Json labelled_level(std::span<const Setting> settings) {
  Json set = Json::object();
  for (const Setting& setting : settings) set[setting.path] = reference(setting.path);
  return {
      {"description", "A level with a name of its own, which sets any number of fields."},
      {"type", "object"},
      {"properties",
       {{"label", {{"description", "What records and figures show."}, {"type", "string"}, {"minLength", 1}}},
        {"set",
         {{"description", "Config path to value."},
          {"type", "object"},
          {"properties", set},
          {"additionalProperties", false}}}}},
      {"required", {"label", "set"}},
      {"additionalProperties", false}};
}

Json factors_schema(std::span<const Setting> settings) {
  const auto levels = [](const Json& item) {
    return Json{{"type", "array"}, {"minItems", 1}, {"items", item}};
  };
  Json properties = Json::object();
  for (const Setting& setting : settings) {
    const Json scalar = {{"allOf", Json::array({reference("scalar"), reference(setting.path)})}};
    properties[setting.path] = levels({{"anyOf", Json::array({scalar, reference("labelled_level")})}});
  }
  return {
      {"description",
       "What is varied: a config path and its levels, each a scalar valid there; or a name of your own and "
       "labelled levels. Every combination of levels is a cell. Deeper paths are set after shallower ones."},
      {"type", "object"},
      {"properties", properties},
      {"additionalProperties", levels(reference("labelled_level"))},
      {"maxProperties", kMostFactors},
      {"default", Json::object()}};
}

Json filter_schema(std::string_view description) {
  return {{"description", description},
          {"type", "array"},
          {"maxItems", kMostFilters},
          {"items", {{"allOf", Json::array({reference("selection"), {{"minProperties", 1}}})}}},
          {"default", Json::array()}};
}

Json statements(std::initializer_list<std::string_view> kinds) {
  Json all = Json::array();
  for (const std::string_view kind : kinds) {
    for (const std::string_view metric : metric_names()) all.push_back(fmt::format("{} of {}", kind, metric));
  }
  return {{"enum", all}};
}

Json text_schema(std::string_view description) {
  return {{"description", description}, {"type", "string"}, {"minLength", 1}};
}

Json expectation_schema() {
  const Json claim = text_schema(
      "The sentence that it is to show. Expectations of the same claim have one verdict together.");
  const auto form = [&](const Json& that, const Json& required, const Json& extra) {
    Json properties = {
        {"that", that},
        {"of", described({{"allOf", Json::array({reference("selection")})}}, "The cells that it speaks of.")},
        {"where",
         described({{"allOf", Json::array({reference("selection")})}}, "Levels that all of its cells have.")},
        {"because", text_schema("Why it is expected.")},
        {"claim", claim}};
    properties.update(extra);
    return Json{{"type", "object"},
                {"properties", properties},
                {"required", required},
                {"additionalProperties", false}};
  };
  const Json bounds = {{"at_least", {{"type", "number"}}}, {"at_most", {{"type", "number"}}}};
  Json over = bounds;
  over["over"] = described({{"allOf", Json::array({reference("selection")})}},
                           "The cells that the ratio divides by: the factors of `of`, other levels.");
  over["best_of"] =
      text_schema("A factor of which each side takes the level with its best median: best against best.");
  const Json any_bound = Json::array({{{"required", {"at_least"}}}, {{"required", {"at_most"}}}});
  Json ratio = form(statements({"ratio", "paired ratio"}), {"that", "of", "over"}, over);
  ratio["anyOf"] = any_bound;
  Json median = form(statements({"median"}), {"that", "of"}, bounds);
  median["anyOf"] = any_bound;
  const Json is = {{"description", "How every trial of the cells ends."}, {"enum", kOutcomes}};
  const Json outcome = form({{"const", "outcome"}}, {"that", "of", "is"}, {{"is", is}});
  const Json untestable = {{"type", "object"},
                           {"properties",
                            {{"that", {{"const", kUntestable}}},
                             {"claim", claim},
                             {"because", text_schema("What this host lacks for it.")}}},
                           {"required", {"that", "claim", "because"}},
                           {"additionalProperties", false}};
  return {{"description", "A statement that the results are checked against."},
          {"oneOf", Json::array({ratio, median, outcome, untestable})}};
}

Json figure_form(const FigureKind& kind) {
  Json properties = {{"kind", {{"const", kind.name}}}};
  Json required = Json::array({"kind"});
  const auto key = [&](std::string_view name, Key needed, Json schema) {
    if (needed == Key::never) return;
    properties[std::string(name)] = std::move(schema);
    if (needed == Key::must) required.push_back(name);
  };
  key("metric", kind.metric, {{"description", "What is drawn."}, {"enum", metric_names()}});
  key("x", kind.x, text_schema("The factor along the horizontal axis."));
  key("y", kind.y, text_schema("The factor along the vertical axis."));
  key("series", kind.series, text_schema("The factor whose levels are the colours."));
  key("over", kind.over,
      described({{"allOf", Json::array({reference("scalar")})}},
                "The level of `series` that the others are divided by."));
  key("panel", Key::may, text_schema("The factor whose levels are drawn side by side."));
  key("title", Key::may, text_schema("Drawn above the figure."));
  return {{"type", "object"},
          {"properties", properties},
          {"required", required},
          {"additionalProperties", false}};
}

Json figure_schema() {
  Json forms = Json::array();
  for (const FigureKind& kind : kFigures) forms.push_back(figure_form(kind));
  return {{"description", "A figure that is drawn of the results."}, {"oneOf", forms}};
}

Json definitions(std::span<const Setting> settings) {
  Json all = Json::object();
  all["scalar"] = {{"type", {"string", "number", "boolean"}}};
  all["selection"] = {
      {"description", "Levels by factor: a level by its label, a scalar one by its value too."},
      {"type", "object"},
      {"additionalProperties", reference("scalar")}};
  all["labelled_level"] = labelled_level(settings);
  all["expectation"] = expectation_schema();
  all["figure"] = figure_schema();
  for (const Setting& setting : settings) all[setting.path] = setting.schema;
  return all;
}

Json list_schema(std::string_view description, std::string_view item) {
  return {{"description", description},
          {"type", "array"},
          {"maxItems", kMostChecks},
          {"items", reference(item)},
          {"default", Json::array()}};
}

Json head() {
  return {{"$schema", text_schema("The address of this schema, for editors.")},
          {"schema_version", {{"description", "The version of this format."}, {"const", 1}}},
          {"name",
           {{"description", "The experiment's name: its folder's, and that of its results."},
            {"type", "string"},
            {"pattern", "^[a-z0-9][a-z0-9-]{0,63}$"}}},
          {"question", text_schema("What the experiment is to answer, in one sentence.")}};
}

Json integer(std::string_view description, std::uint64_t least, std::uint64_t most, std::uint64_t fallback) {
  return {{"description", description},
          {"type", "integer"},
          {"minimum", least},
          {"maximum", most},
          {"default", fallback}};
}

}  // namespace

Json schema(const Catalogue& catalogue) {
  const std::vector<Setting> all = settings(catalogue);
  Json properties = head();
  properties["dataset"] =
      section(all, "dataset.", "The bytes that are reached: a file of known content.", Json::array({"size"}));
  properties["workload"] =
      section(all, "workload.", "What a trial does with the dataset.", Json::array({"engine"}));
  properties["start"] = reference("start");
  properties["pressure"] = reference("pressure");
  properties["schedule"] = reference("schedule");
  properties["swap"] = reference("swap");
  properties["knobs"] = reference("knobs");
  properties["budget"] = section(all, "budget.", "Limits at which a trial is stopped.", Json::array());
  properties["sample_every"] = reference("sample_every");
  properties["probes"] = reference("probes");
  properties["factors"] = factors_schema(all);
  properties["include"] = filter_schema("If there are entries, only cells that match one of them are kept.");
  properties["exclude"] = filter_schema(
      "Cells that match one of these entries, with all of its pairs, are dropped; after include.");
  properties["trials"] = integer("Trials per cell.", 1, kMostTrials, kDefaultTrials);
  properties["seed"] = integer("Seed of orders and of the sequence of trials.", 0, kLargestInteger, 1);
  properties["expect"] = list_schema("Statements that the results are checked against.", "expectation");
  properties["figures"] = list_schema("Figures that are drawn of the results.", "figure");
  return {{"$schema", "http://json-schema.org/draft-07/schema#"},
          {"title", "faultlab experiment"},
          {"description", "An experiment on memory-mapped files and page faults. Comments are allowed."},
          {"type", "object"},
          {"properties", properties},
          {"required", {"schema_version", "name", "question", "dataset", "workload"}},
          {"additionalProperties", false},
          {"definitions", definitions(all)}};
}

}  // namespace faultlab::config
