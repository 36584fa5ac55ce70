// Expectations: statements that the results are checked against.
#include <fmt/format.h>

#include <algorithm>

#include "config/checks.hpp"
#include "config/nearest.hpp"
#include "measure/metrics.hpp"

namespace faultlab::config {
namespace {

enum class Statement { ratio, median, outcome, untestable };

constexpr const char* kStatements =
    "write \"ratio of METRIC\", \"paired ratio of METRIC\", \"median of METRIC\", \"outcome\" or \"not "
    "testable "
    "here\"";

struct Said {
  Statement statement;
  std::string text;  // as written
};

// `that`, or nothing where it is none of the statements.
std::optional<Said> read_statement(const Node& node, Problems& problems) {
  std::vector<std::string> all = {"outcome", std::string(kUntestable)};
  for (const std::string_view metric : metric_names()) {
    all.push_back(fmt::format("ratio of {}", metric));
    all.push_back(fmt::format("paired ratio of {}", metric));
    all.push_back(fmt::format("median of {}", metric));
  }
  const std::vector<std::string_view> views(all.begin(), all.end());
  if (node.kind == Kind::string) {
    const auto& text = node.scalar.get_ref<const std::string&>();
    if (std::find(views.begin(), views.end(), text) != views.end()) {
      const Statement statement = text == "outcome"               ? Statement::outcome
                                  : text == kUntestable           ? Statement::untestable
                                  : text.starts_with("median of") ? Statement::median
                                                                  : Statement::ratio;
      return Said{statement, text};
    }
    problems.add(*node.place, unknown_name("statement", text, views), kStatements);
    return std::nullopt;
  }
  problems.add(*node.place, fmt::format("expected a statement, got {}", describe(node)), kStatements);
  return std::nullopt;
}

class ExpectationReader {
 public:
  ExpectationReader(const Node& node, const Design& design, Problems& problems)
      : node_(node), design_(design), problems_(problems), reader_(node, "expectation", problems) {}

  // Null where it is wrong.
  Json read() {
    if (!reader_.usable()) return nullptr;
    const Node* that = reader_.required("that", "write \"that\": \"ratio of ops_per_second\"");
    const auto said = that == nullptr ? std::nullopt : read_statement(*that, problems_);
    Json json = Json::object();
    if (said) json["that"] = said->text;
    if (said && said->statement == Statement::untestable) return untestable(std::move(json));
    const auto of = selection(reader_.required("of", "write \"of\": {\"factor\": \"label\"}"), "of", json);
    const Node* over_node = over(said);
    const auto over = selection(over_node, "over", json);
    json["where"] = Json::object();
    const auto where = selection(reader_.optional("where"), "where", json);
    const bool ratio = said && said->statement == Statement::ratio;
    best_of(ratio ? reader_.optional("best_of") : nullptr, {of, over, where}, json);
    bounds(said, json);
    words(json);
    if (!said) return nullptr;  // which keys belong is not known either
    reader_.finish();
    if (of) check_cells(*of, over_node != nullptr ? over : std::nullopt, where.value_or(Selection()));
    return json;
  }

 private:
  // What nothing here can show: said, so that it is not left out.
  Json untestable(Json json) {
    reader_.required("claim", "write \"claim\": the sentence that cannot be tested here");
    reader_.required("because", "write \"because\": what this host lacks for it");
    words(json);
    reader_.finish();
    return json;
  }

  void words(Json& json) {
    for (const auto& [key, noun] : {std::pair{"claim", "claim"}, {"because", "reason"}}) {
      const Node* node = reader_.optional(key);
      if (node == nullptr) continue;
      if (const auto text = read_text(*node, noun, problems_)) json[key] = *text;
    }
  }

  const Node* over(const std::optional<Said>& said) {
    if (!said || said->statement != Statement::ratio) return nullptr;
    return reader_.required("over", "write \"over\": {\"factor\": \"label\"}: what the ratio divides by");
  }

  std::optional<Selection> selection(const Node* node, const std::string& key, Json& json) {
    if (node == nullptr) return std::nullopt;
    auto read = read_selection(*node, design_.factors, problems_);
    if (read) json[key] = selection_json(*read, design_.factors);
    return read;
  }

  // A factor of which each side takes the level that is best for it: best against best.
  void best_of(const Node* node, const std::vector<std::optional<Selection>>& named, Json& json) {
    if (node == nullptr) return;
    std::vector<std::string_view> names;
    for (const FactorPlan& factor : design_.factors) names.push_back(factor.name);
    const auto text = read_text(*node, "factor", problems_);
    if (!text) return;
    const auto at = std::find(names.begin(), names.end(), *text);
    if (at == names.end()) {
      problems_.add(Rule::names_exist, *node->place, unknown_name("factor", *text, names), one_of(names));
      return;
    }
    const auto factor = static_cast<std::size_t>(at - names.begin());
    for (const auto& selection : named) {
      if (!selection) continue;
      const auto same = [&](const auto& pair) { return pair.first == factor; };
      if (std::none_of(selection->begin(), selection->end(), same)) continue;
      problems_.add(Rule::expect_cells, *node->place,
                    fmt::format("the level of {} is named already, so that none is left to choose", *text),
                    "leave it out of of, over and where, or remove best_of");
      return;
    }
    json["best_of"] = *text;
  }

  void bounds(const std::optional<Said>& said, Json& json) {
    if (said && said->statement == Statement::outcome) {
      if (const Node* is = reader_.required("is", one_of(kOutcomes))) {
        if (const auto word = read_name(*is, "outcome", kOutcomes, problems_)) json["is"] = *word;
      }
      return;
    }
    if (!said) return;
    constexpr double kMost = std::numeric_limits<double>::max();
    std::optional<double> least, most;
    const Node* at_least = reader_.optional("at_least");
    const Node* at_most = reader_.optional("at_most");
    if (at_least != nullptr) least = read_number(*at_least, -kMost, kMost, problems_);
    if (at_most != nullptr) most = read_number(*at_most, -kMost, kMost, problems_);
    if (least) json["at_least"] = *least;
    if (most) json["at_most"] = *most;
    if (at_least == nullptr && at_most == nullptr) {
      problems_.add(*node_.place, "the expectation has no bound",
                    "write \"at_least\": 1.0, or at_most, or both");
    }
    if (least && most && *least > *most) {
      problems_.add(Rule::expect_range, *at_most->place,
                    fmt::format("at_least {} is above at_most {}", *least, *most), "swap them");
    }
  }

  void check_cells(const Selection& of, const std::optional<Selection>& over, const Selection& where) {
    for (const auto& [factor, level] : where) {
      const auto same = [&, f = factor](const auto& pair) { return pair.first == f; };
      if (std::any_of(of.begin(), of.end(), same)) {
        problems_.add(Rule::expect_cells, *node_.find("where")->place,
                      fmt::format("where names {}, which of names already", design_.factors[factor].name),
                      "name each factor in one of them");
        return;
      }
    }
    check_exists(of, where, "of");
    if (!over) return;
    const Place& place = *node_.find("over")->place;
    const bool same_factors =
        of.size() == over->size() && std::all_of(of.begin(), of.end(), [&](const auto& pair) {
          return std::any_of(over->begin(), over->end(),
                             [&](const auto& each) { return each.first == pair.first; });
        });
    const bool same_levels = same_factors && std::all_of(of.begin(), of.end(), [&](const auto& pair) {
                               return std::find(over->begin(), over->end(), pair) != over->end();
                             });
    if (!same_factors) {
      problems_.add(Rule::expect_cells, place, "over names other factors than of",
                    "name the same factors in both, with the levels to compare");
    } else if (same_levels) {
      problems_.add(Rule::expect_cells, place, "over selects the same cells as of", "name another level");
    } else {
      check_exists(*over, where, "over");
    }
  }

  void check_exists(Selection selection, const Selection& where, std::string_view key) {
    if (design_.cells == nullptr || design_.cells->empty()) return;
    selection.insert(selection.end(), where.begin(), where.end());
    const auto& cells = *design_.cells;
    if (std::any_of(cells.begin(), cells.end(), [&](const auto& cell) { return has(cell, selection); }))
      return;
    problems_.add(Rule::expect_cells, *node_.find(key)->place,
                  fmt::format("{} selects no cell that is run", key),
                  "select levels that exclude and include leave together");
  }

  const Node& node_;
  const Design& design_;
  Problems& problems_;
  ObjectReader reader_;
};

}  // namespace

std::vector<std::string_view> metric_names() {
  std::vector<std::string_view> names;
  for (const Metric& metric : metrics()) names.push_back(metric.name);
  return names;
}

Json read_expectations(const Node& node, const Design& design, Problems& problems) {
  Json all = Json::array();
  if (node.kind != Kind::array || node.items.size() > kMostChecks) {
    problems.add(*node.place, fmt::format("expected a list of at most {} expectations", kMostChecks),
                 "write [{\"that\": \"ratio of ops_per_second\", ...}]");
    return all;
  }
  for (const NodePtr& item : node.items) {
    Json json = ExpectationReader(*item, design, problems).read();
    if (!json.is_null()) all.push_back(std::move(json));
  }
  return all;
}

}  // namespace faultlab::config
