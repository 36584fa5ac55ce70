// The product of the factors, and the tree of each cell.
#include "config/cells.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace faultlab::config {
namespace {

bool any_has(std::span<const Selection> selections, const LevelIndexes& cell) {
  return std::any_of(selections.begin(), selections.end(),
                     [&](const Selection& selection) { return has(cell, selection); });
}

// To the next combination, the last factor fastest; false after the last one.
bool advance(LevelIndexes& cell, std::span<const FactorPlan> factors) {
  for (std::size_t i = cell.size(); i-- > 0;) {
    if (++cell[i] < factors[i].levels.size()) return true;
    cell[i] = 0;
  }
  return false;
}

std::shared_ptr<Node> object_at(const Place* place) {
  auto node = std::make_shared<Node>();
  node->kind = Kind::object;
  node->place = place;
  return node;
}

void put(Node& object, std::string_view key, const Place* key_place, NodePtr value) {
  for (Member& member : object.members) {
    if (member.key != key) continue;
    member.value = std::move(value);
    return;
  }
  object.members.push_back({std::string(key), key_place, std::move(value)});
}

// A copy of `node` that can take members. "zipf" becomes {"kind": "zipf"}, so that an option can join it.
std::shared_ptr<Node> opened(const Node* node, const Place* place) {
  if (node == nullptr) return object_at(place);
  if (node->kind == Kind::object) return std::make_shared<Node>(*node);
  auto object = object_at(node->place);
  if (node->kind == Kind::string)
    object->members.push_back({"kind", node->place, std::make_shared<Node>(*node)});
  return object;
}

NodePtr with(const Node* node, std::string_view path, const NodePtr& value) {
  const std::size_t dot = std::min(path.find('.'), path.size());
  const std::string_view key = path.substr(0, dot);
  const auto object = opened(node, value->place);
  if (dot == path.size()) {
    put(*object, key, value->place, value);
  } else {
    // One measure of work replaces another: there is room for one.
    const Node* below = object->find(key);
    if (key == "work") below = nullptr;
    put(*object, key, value->place, with(below, path.substr(dot + 1), value));
  }
  return object;
}

}  // namespace

std::optional<std::vector<LevelIndexes>> list_cells(std::span<const FactorPlan> factors,
                                                    const Filters& filters, const Place& place,
                                                    Problems& problems) {
  std::size_t product = 1;
  for (const FactorPlan& factor : factors) {
    if (factor.levels.empty()) return std::nullopt;  // reported where its levels were read
    product *= factor.levels.size();
    if (product > kMostCells) {
      problems.add(Rule::cell_limit, place, fmt::format("the factors make more than {} cells", kMostCells),
                   "take levels away, or split the experiment");
      return std::nullopt;
    }
  }
  std::vector<LevelIndexes> cells;
  LevelIndexes cell(factors.size(), 0);
  do {
    const bool included = filters.include.empty() || any_has(filters.include, cell);
    if (included && !any_has(filters.exclude, cell)) cells.push_back(cell);
  } while (advance(cell, factors));
  if (cells.empty()) {
    problems.add(Rule::cells_left, place, "include and exclude leave no cell",
                 "exclude less, or include more");
  }
  return cells;
}

Cell cell_of(const LevelIndexes& indexes, std::span<const FactorPlan> factors) {
  Cell cell;
  for (std::size_t i = 0; i < indexes.size(); ++i) {
    cell.emplace_back(factors[i].name, factors[i].levels[indexes[i]].label);
  }
  return cell;
}

NodePtr tree_of(const LevelIndexes& indexes, std::span<const FactorPlan> factors, const NodePtr& base) {
  std::vector<std::pair<std::ptrdiff_t, const std::pair<std::string, NodePtr>*>> sets;
  for (std::size_t i = 0; i < indexes.size(); ++i) {
    for (const auto& each : factors[i].levels[indexes[i]].set) {
      sets.emplace_back(std::count(each.first.begin(), each.first.end(), '.'), &each);
    }
  }
  std::stable_sort(sets.begin(), sets.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  NodePtr tree = base;
  for (const auto& [depth, each] : sets) tree = with(tree.get(), each->first, each->second);
  return tree;
}

}  // namespace faultlab::config
