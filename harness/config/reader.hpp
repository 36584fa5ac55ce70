// Reads typed values off the tree; whatever does not fit becomes a problem instead of a value.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalogue/catalogue.hpp"
#include "config/limits.hpp"
#include "config/parse.hpp"
#include "config/sizes.hpp"

namespace faultlab::config {

// What every reading function needs to hand.
struct Context {
  const Catalogue& catalogue;
  Problems& problems;
  // The base of shares. Known only while a whole cell is read: a field that is checked by itself may
  // meet another dataset later.
  std::optional<Bytes> dataset = std::nullopt;
};

// Walks the members of one object and remembers which keys were asked for: the others are unknown.
class ObjectReader {
 public:
  ObjectReader(const Node& node, std::string_view noun, Problems& problems);

  // False where the value is no object: that has been reported, and every key is absent.
  bool usable() const { return node_ != nullptr; }
  const Node* optional(std::string_view key);
  // Reports an absent key; `remedy` shows what to write.
  const Node* required(std::string_view key, std::string_view remedy);
  // Reports the keys that nobody asked for.
  void finish() const;

 private:
  const Node* node_;
  std::string_view noun_;
  Problems& problems_;
  std::vector<std::string_view> asked_;
};

struct IntegerRange {
  std::uint64_t least;
  std::uint64_t most;
};

// A number without fraction counts as an integer however it is written, as in JSON Schema.
std::optional<std::uint64_t> read_integer(const Node& node, IntegerRange range, Problems& problems);
std::optional<double> read_number(const Node& node, double least, double most, Problems& problems);
// A text of at least one character.
std::optional<std::string> read_text(const Node& node, std::string_view noun, Problems& problems);
// One of `names`, as the view that stands in there.
std::optional<std::string_view> read_name(const Node& node, std::string_view noun,
                                          std::span<const std::string_view> names, Problems& problems);
std::optional<Bytes> read_size(const Node& node, const SizeRange& range, Problems& problems);
// In nanoseconds.
std::optional<std::uint64_t> read_duration(const Node& node, const DurationRange& range, Problems& problems);

// Reports what a text parser found, under the rule that its flaw belongs to.
void add_text_error(const Node& node, const TextError& error, Rule too_large, Problems& problems);
// Reports a size outside its limits; true where it is within.
bool check_size(const Node& node, Bytes size, const SizeRange& range, Problems& problems);

template <class E>
std::vector<std::string_view> words_of(Names<E> names) {
  std::vector<std::string_view> words;
  for (const auto& each : names) words.push_back(each.second);
  return words;
}

template <class E>
std::optional<E> read_word(const Node& node, std::string_view noun, Names<E> names, Problems& problems) {
  const auto word = read_name(node, noun, words_of<E>(names), problems);
  return word ? from_string<E>(*word) : std::nullopt;
}

template <class Spec>
std::vector<const Row*> rows_of(Table<Spec> table) {
  std::vector<const Row*> rows;
  for (const Spec* spec : table) rows.push_back(&spec->row);
  return rows;
}

template <class Spec>
std::vector<std::string_view> names_in(Table<Spec> table) {
  std::vector<std::string_view> names;
  for (const Spec* spec : table) names.push_back(spec->row.name);
  return names;
}

}  // namespace faultlab::config
