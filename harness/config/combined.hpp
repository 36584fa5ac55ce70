// A whole cell, as the rules on combinations of fields look at it.
#pragma once

#include "config/trial.hpp"

namespace faultlab::config {

// What the rules look at, gathered so that each stays a few lines.
struct Combined {
  const Node& root;
  const Draft& draft;
  const Context& context;

  void problem(Rule rule, std::string_view path, std::string what, std::string remedy) const {
    context.problems.add(rule, locate(root, path), std::move(what), std::move(remedy));
  }
  bool present(std::string_view path) const { return value_at(root, path) != nullptr; }
};

// Fields that describe accesses to blocks, for an engine that makes none.
void refuse_access_fields(const Combined& check, Rule rule, std::string_view why);

}  // namespace faultlab::config
