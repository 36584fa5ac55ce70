// Figures: which metric is drawn over which factors.
#include <fmt/format.h>

#include <algorithm>

#include "config/checks.hpp"
#include "config/nearest.hpp"

namespace faultlab::config {
namespace {

class FigureReader {
 public:
  FigureReader(const Node& node, const Design& design, Problems& problems)
      : design_(design), problems_(problems), reader_(node, "figure", problems) {}

  // Null where it is wrong.
  Json read() {
    const std::vector<std::string_view> kinds = kind_names();
    const Node* kind_node = reader_.required("kind", one_of(kinds));
    if (kind_node == nullptr) return nullptr;
    const auto name = read_name(*kind_node, "figure", kinds, problems_);
    if (!name) return nullptr;
    const FigureKind& kind = *std::find_if(kFigures.begin(), kFigures.end(),
                                           [&](const FigureKind& each) { return each.name == *name; });
    json_["kind"] = kind.name;
    metric(node("metric", kind.metric, "write \"metric\": \"ops_per_second\""));
    factor("x", node("x", kind.x, one_of(factor_names())));
    factor("y", node("y", kind.y, one_of(factor_names())));
    const FactorPlan* series = factor("series", node("series", kind.series, one_of(factor_names())));
    factor("panel", reader_.optional("panel"));
    denominator(node("over", kind.over, "write the level to divide by"), series);
    if (const Node* title = reader_.optional("title")) {
      if (const auto text = read_text(*title, "title", problems_)) json_["title"] = *text;
    }
    reader_.finish();
    return json_;
  }

 private:
  std::vector<std::string_view> factor_names() const {
    std::vector<std::string_view> names;
    for (const FactorPlan& factor : design_.factors) names.push_back(factor.name);
    return names;
  }

  static std::vector<std::string_view> kind_names() {
    std::vector<std::string_view> names;
    for (const FigureKind& kind : kFigures) names.push_back(kind.name);
    return names;
  }

  // Null where it is not there, or is none of the kind's keys: then finish() says so.
  const Node* node(std::string_view key, Key needed, std::string_view remedy) {
    if (needed == Key::never) return nullptr;
    return needed == Key::must ? reader_.required(key, remedy) : reader_.optional(key);
  }

  void metric(const Node* node) {
    if (node == nullptr) return;
    if (const auto name = read_name(*node, "metric", metric_names(), problems_)) json_["metric"] = *name;
  }

  const FactorPlan* factor(const std::string& key, const Node* node) {
    if (node == nullptr) return nullptr;
    const auto text = read_text(*node, "factor", problems_);
    if (!text) return nullptr;
    const auto at = std::find_if(design_.factors.begin(), design_.factors.end(),
                                 [&](const FactorPlan& each) { return each.name == *text; });
    if (at == design_.factors.end()) {
      const auto names = factor_names();
      problems_.add(Rule::names_exist, *node->place, unknown_name("factor", *text, names), one_of(names));
      return nullptr;
    }
    json_[key] = *text;
    return &*at;
  }

  void denominator(const Node* node, const FactorPlan* series) {
    if (node == nullptr) return;
    const auto label = label_of(*node);
    if (!label) {
      problems_.add(*node->place, fmt::format("expected a level's label, got {}", describe(*node)),
                    "write the label in quotes");
      return;
    }
    if (series == nullptr) return;
    std::vector<std::string_view> labels;
    for (const LevelPlan& level : series->levels) labels.push_back(level.label);
    if (std::find(labels.begin(), labels.end(), *label) == labels.end()) {
      problems_.add(Rule::names_exist, *node->place,
                    unknown_name(fmt::format("level of {}", in_quotes(series->name)), *label, labels),
                    one_of(labels));
      return;
    }
    json_["over"] = *label;
  }

  const Design& design_;
  Problems& problems_;
  ObjectReader reader_;
  Json json_ = Json::object();
};

}  // namespace

Json read_figures(const Node& node, const Design& design, Problems& problems) {
  Json all = Json::array();
  if (node.kind != Kind::array || node.items.size() > kMostChecks) {
    problems.add(*node.place, fmt::format("expected a list of at most {} figures", kMostChecks),
                 "write [{\"kind\": \"bars\", ...}]");
    return all;
  }
  for (const NodePtr& item : node.items) {
    Json json = FigureReader(*item, design, problems).read();
    if (!json.is_null()) all.push_back(std::move(json));
  }
  return all;
}

}  // namespace faultlab::config
