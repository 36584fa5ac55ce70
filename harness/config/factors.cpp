// Factors, their levels, and selections of levels by name.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "config/cells.hpp"
#include "config/nearest.hpp"

namespace faultlab::config {
namespace {

constexpr std::string_view kLabelled =
    "write a labelled level: {\"label\": \"...\", \"set\": {\"workload.engine\": \"...\"}}";

const Setting* find_setting(std::span<const Setting> settings, std::string_view path) {
  const auto at = std::find_if(settings.begin(), settings.end(),
                               [&](const Setting& setting) { return setting.path == path; });
  return at == settings.end() ? nullptr : &*at;
}

std::vector<std::string_view> paths_of(std::span<const Setting> settings) {
  std::vector<std::string_view> paths;
  for (const Setting& setting : settings) paths.push_back(setting.path);
  return paths;
}

class FactorReader {
 public:
  FactorReader(const Member& member, std::span<const Setting> settings, const Context& context)
      : member_(member), settings_(settings), context_(context) {}

  FactorPlan read() {
    FactorPlan factor{member_.key, {}};
    const Node& list = *member_.value;
    if (list.kind != Kind::array || list.items.empty()) {
      context_.problems.add(*list.place,
                            fmt::format("expected a list of levels, got {}",
                                        list.kind == Kind::array ? "an empty one" : describe(list)),
                            "write [level, level, ...], or remove the factor");
      return factor;
    }
    std::set<std::string> labels;
    for (const NodePtr& item : list.items) {
      if (context_.problems.full()) break;
      auto level = item->kind == Kind::object ? labelled(*item) : scalar(item);
      if (!level) continue;
      if (labels.insert(level->label).second) {
        factor.levels.push_back(std::move(*level));
      } else {
        context_.problems.add(
            Rule::label_unique, *item->place,
            fmt::format("two levels of this factor have the label {}", in_quotes(level->label)),
            "remove one, or give it another label");
      }
    }
    return factor;
  }

 private:
  std::optional<LevelPlan> scalar(const NodePtr& node) {
    const Setting* setting = find_setting(settings_, member_.key);
    if (setting == nullptr) {
      context_.problems.add(*member_.key_place, unknown_name("config path", member_.key, paths_of(settings_)),
                            fmt::format("name a config path, or, for a factor of your own, {}", kLabelled));
      return std::nullopt;
    }
    const auto label = label_of(*node);
    if (!label) {
      context_.problems.add(*node->place, fmt::format("expected a level, got {}", describe(*node)),
                            fmt::format("write a text or a number, or {}", kLabelled));
      return std::nullopt;
    }
    setting->check(*node, context_);
    return LevelPlan{*label, node->place, {{setting->path, node}}};
  }

  std::optional<LevelPlan> labelled(const Node& node) {
    ObjectReader reader(node, "level", context_.problems);
    const Node* label = reader.required("label", std::string(kLabelled));
    const Node* set = reader.required("set", std::string(kLabelled));
    reader.finish();
    LevelPlan level{"", node.place, {}};
    if (set != nullptr) read_set(*set, level);
    if (label == nullptr) return std::nullopt;
    const auto text = read_text(*label, "label", context_.problems);
    if (!text) return std::nullopt;
    level.label = *text;
    return level;
  }

  void read_set(const Node& set, LevelPlan& level) {
    if (set.kind != Kind::object) {
      context_.problems.add(*set.place, fmt::format("expected an object, got {}", describe(set)),
                            "write {\"workload.engine\": \"...\"}, a value per config path");
      return;
    }
    for (const Member& member : set.members) {
      if (context_.problems.full()) return;
      const Setting* setting = find_setting(settings_, member.key);
      if (setting == nullptr) {
        context_.problems.add(*member.key_place, unknown_name("config path", member.key, paths_of(settings_)),
                              "name a config path, such as workload.engine or pressure.memcg_limit.limit");
        continue;
      }
      setting->check(*member.value, context_);
      level.set.emplace_back(setting->path, member.value);
    }
  }

  const Member& member_;
  std::span<const Setting> settings_;
  const Context& context_;
};

void check_conflicts(std::span<const FactorPlan> factors, Problems& problems) {
  std::map<std::string_view, const FactorPlan*> owner;
  for (const FactorPlan& factor : factors) {
    for (const LevelPlan& level : factor.levels) {
      for (const auto& [path, value] : level.set) {
        const FactorPlan* first = owner.try_emplace(path, &factor).first->second;
        if (first == &factor) continue;
        problems.add(Rule::factor_conflict, *value->place,
                     fmt::format("{} is set by the factor {} too", path, in_quotes(first->name)),
                     "let one factor set it: labelled levels can set several paths together");
      }
    }
  }
}

}  // namespace

std::optional<std::string> label_of(const Node& node) {
  if (node.kind == Kind::string) return node.scalar.get<std::string>();
  if (node.kind == Kind::null || node.kind == Kind::array || node.kind == Kind::object) return std::nullopt;
  return node.scalar.dump();
}

std::vector<FactorPlan> read_factors(const Node& node, std::span<const Setting> settings,
                                     const Context& context) {
  std::vector<FactorPlan> factors;
  if (node.kind != Kind::object || node.members.size() > kMostFactors) {
    context.problems.add(*node.place, fmt::format("expected an object with at most {} factors", kMostFactors),
                         "write {\"workload.engine\": [\"pread\", \"mmap_shared\"]}");
    return factors;
  }
  for (const Member& member : node.members) {
    factors.push_back(FactorReader(member, settings, context).read());
  }
  check_conflicts(factors, context.problems);
  return factors;
}

std::optional<Selection> read_selection(const Node& node, std::span<const FactorPlan> factors,
                                        Problems& problems) {
  if (node.kind != Kind::object) {
    problems.add(*node.place, fmt::format("expected levels, got {}", describe(node)),
                 "write {\"factor\": \"label of a level\"}");
    return std::nullopt;
  }
  Selection selection;
  std::vector<std::string_view> names;
  for (const FactorPlan& factor : factors) names.push_back(factor.name);
  for (const Member& member : node.members) {
    if (problems.full()) return std::nullopt;
    const auto at = std::find(names.begin(), names.end(), member.key);
    const auto label = label_of(*member.value);
    if (!label) {
      problems.add(*member.value->place,
                   fmt::format("expected a level's label, got {}", describe(*member.value)),
                   "write the label in quotes");
    } else if (at == names.end()) {
      problems.add(Rule::names_exist, *member.key_place, unknown_name("factor", member.key, names),
                   one_of(names));
    } else {
      const auto factor = static_cast<std::size_t>(at - names.begin());
      std::vector<std::string_view> labels;
      for (const LevelPlan& level : factors[factor].levels) labels.push_back(level.label);
      const auto level = std::find(labels.begin(), labels.end(), *label);
      if (level != labels.end()) {
        selection.emplace_back(factor, static_cast<std::size_t>(level - labels.begin()));
        continue;
      }
      problems.add(Rule::names_exist, *member.value->place,
                   unknown_name(fmt::format("level of {}", in_quotes(member.key)), *label, labels),
                   one_of(labels));
    }
  }
  return selection.size() == node.members.size() ? std::optional(selection) : std::nullopt;
}

Json selection_json(const Selection& selection, std::span<const FactorPlan> factors) {
  Json json = Json::object();
  for (const auto& [factor, level] : selection)
    json[factors[factor].name] = factors[factor].levels[level].label;
  return json;
}

bool has(const LevelIndexes& cell, const Selection& selection) {
  return std::all_of(selection.begin(), selection.end(),
                     [&](const auto& pair) { return cell[pair.first] == pair.second; });
}

std::vector<Selection> read_filter(const Node& node, std::string_view noun,
                                   std::span<const FactorPlan> factors, Problems& problems) {
  std::vector<Selection> filter;
  if (node.kind != Kind::array || node.items.size() > kMostFilters) {
    problems.add(*node.place, fmt::format("expected a list of at most {} entries to {}", kMostFilters, noun),
                 "write [{\"factor\": \"label of a level\"}]");
    return filter;
  }
  for (const NodePtr& item : node.items) {
    if (item->kind == Kind::object && item->members.empty()) {
      problems.add(*item->place, fmt::format("an empty entry would {} every cell", noun),
                   "name a factor and a level, or remove the entry");
    } else if (auto selection = read_selection(*item, factors, problems)) {
      filter.push_back(std::move(*selection));
    }
  }
  return filter;
}

}  // namespace faultlab::config
