// The mutations, one function each.
#include "support/mutate.hpp"

#include <array>
#include <nlohmann/json.hpp>

#include "base/random.hpp"

namespace faultlab::testing {
namespace {

using Json = nlohmann::ordered_json;
using Pointer = Json::json_pointer;

void collect(const Json& json, const Pointer& at, std::vector<Pointer>& out) {
  out.push_back(at);
  if (json.is_object()) {
    for (const auto& [key, value] : json.items()) collect(value, at / key, out);
  } else if (json.is_array()) {
    for (std::size_t i = 0; i < json.size(); ++i) collect(json[i], at / i, out);
  }
}

class Mutator {
 public:
  Mutator(const std::string& base, std::uint64_t seed) : base_(base), random_(seed) {}

  std::string next() {
    json_ = Json::parse(base_, nullptr, false, true);
    using Mutation = std::string (Mutator::*)();
    constexpr std::array<Mutation, 14> kMutations = {
        &Mutator::remove,      &Mutator::duplicate,    &Mutator::retype,     &Mutator::overflow,
        &Mutator::nest,        &Mutator::truncate,     &Mutator::spoil_utf8, &Mutator::swap,
        &Mutator::unknown_key, &Mutator::unknown_word, &Mutator::drop_unit,  &Mutator::drop_bracket,
        &Mutator::shake,       &Mutator::negate};
    return (this->*kMutations[random_.below(kMutations.size())])();
  }

 private:
  // A value other than the root.
  Pointer any() {
    std::vector<Pointer> all;
    collect(json_, Pointer(), all);
    return all[1 + random_.below(all.size() - 1)];
  }

  // A value for which `fits` holds; any value where there is none.
  template <class Fits>
  Pointer any_that(Fits fits) {
    std::vector<Pointer> all;
    collect(json_, Pointer(), all);
    std::erase_if(all, [&](const Pointer& at) { return at.empty() || !fits(json_[at]); });
    return all.empty() ? any() : all[random_.below(all.size())];
  }

  std::string text() const { return json_.dump(2); }

  // Text that names something: prose may be changed freely and stays valid.
  Pointer any_word() {
    return any_that([](const Json& value) {
      return value.is_string() && value.get_ref<const std::string&>().find(' ') == std::string::npos;
    });
  }

  std::string remove() {
    const Pointer at = any();
    Json& parent = json_[at.parent_pointer()];
    if (parent.is_array()) {
      parent.erase(std::stoul(at.back()));
    } else {
      parent.erase(at.back());
    }
    return text();
  }

  // The library keeps no key twice: a marker takes its place until the text is there.
  std::string duplicate() {
    const Pointer at = any_that([](const Json& value) { return value.is_object() && !value.empty(); });
    if (!json_[at].is_object()) return truncate();
    Json& object = json_[at];
    const auto items = object.items();
    auto item = items.begin();
    for (std::uint64_t skip = random_.below(object.size()); skip > 0; --skip) ++item;
    const std::string key = item.key();
    const Json value = item.value();
    object["@twice@"] = value;
    std::string out = text();
    const std::string marker = "\"@twice@\"";
    return out.replace(out.find(marker), marker.size(), Json(key).dump());
  }

  std::string retype() {
    const Pointer at = any();
    const std::array<Json, 7> others = {Json(),        Json(true),     Json(-1),         Json(0.5),
                                        Json::array(), Json::object(), Json("something")};
    const Json before = json_[at];
    while (json_[at].type() == before.type()) json_[at] = others[random_.below(others.size())];
    return text();
  }

  std::string overflow() {
    const Pointer at = any_that([](const Json& value) { return value.is_number() || value.is_string(); });
    json_[at] = "@number@";
    constexpr std::array<std::string_view, 5> kNumbers = {
        "1e999", "123456789012345678901234567890", "-9223372036854775809", "18446744073709551615", "1e300"};
    std::string out = text();
    const std::string marker = "\"@number@\"";
    return out.replace(out.find(marker), marker.size(), kNumbers[random_.below(kNumbers.size())]);
  }

  std::string nest() {
    const std::size_t depth = 1 + random_.below(2000);
    json_[any()] = "@deep@";
    std::string out = text();
    const std::string marker = "\"@deep@\"";
    const bool objects = random_.below(2) == 0;
    std::string deep;
    for (std::size_t i = 0; i < depth; ++i) deep += objects ? "{\"a\":" : "[";
    deep += "1";
    deep.append(depth, objects ? '}' : ']');
    return out.replace(out.find(marker), marker.size(), deep);
  }

  std::string truncate() { return base_.substr(0, random_.below(base_.rfind('}'))); }

  std::string spoil_utf8() {
    constexpr std::array<std::string_view, 5> kBytes = {"\xFF", "\xC0\x80", "\xED\xA0\x80", "\xE2\x82",
                                                        "\x80"};
    std::string out = base_;
    return out.insert(random_.below(out.size()), kBytes[random_.below(kBytes.size())]);
  }

  std::string swap() {
    const Pointer a = any_that([](const Json& value) { return value.is_primitive(); });
    const Pointer b = any_that([](const Json& value) { return value.is_structured() || value.is_number(); });
    const Json kept = json_[a];
    if (a.to_string().starts_with(b.to_string())) return truncate();
    json_[a] = json_[b];
    json_[b] = kept;
    return text();
  }

  std::string misspelt(std::string word) {
    if (word.empty()) return "x";
    const std::size_t at = random_.below(word.size());
    switch (random_.below(3)) {
      case 0:
        return word.insert(at, 1, 'q');
      case 1:
        return word.erase(at, 1);
      default:
        word[at] = word[at] == 'z' ? 'y' : 'z';
        return word;
    }
  }

  std::string unknown_key() {
    const Pointer at = any_that([](const Json& value) { return value.is_object() && !value.empty(); });
    if (!json_[at].is_object()) return truncate();
    const auto chosen = random_.below(json_[at].size());
    Json renamed = Json::object();
    std::size_t index = 0;
    for (const auto& [key, value] : json_[at].items())
      renamed[index++ == chosen ? misspelt(key) : key] = value;
    json_[at] = renamed;
    return text();
  }

  std::string unknown_word() {
    const Pointer at = any_word();
    if (json_[at].is_string()) json_[at] = misspelt(json_[at].get<std::string>());
    return text();
  }

  std::string drop_unit() {
    const Pointer at = any_that([](const Json& value) {
      return value.is_string() && !value.get_ref<const std::string&>().empty() &&
             value.get_ref<const std::string&>()[0] <= '9';
    });
    if (!json_[at].is_string()) return truncate();
    const std::string word = json_[at];
    constexpr std::array<std::string_view, 6> kUnits = {"", "K", " KB", "%", " mib", " sec"};
    json_[at] = word.substr(0, word.find_first_of(" %")) + std::string(kUnits[random_.below(kUnits.size())]);
    return text();
  }

  std::string drop_bracket() {
    std::string out = text();
    std::vector<std::size_t> marks;
    for (std::size_t i = 0; i < out.size(); ++i) {
      if (std::string_view("{}[],:\"").find(out[i]) != std::string_view::npos) marks.push_back(i);
    }
    return out.erase(marks[random_.below(marks.size())], 1);
  }

  // A stray character anywhere.
  std::string shake() {
    std::string out = text();
    constexpr std::string_view kStray = "{}[]\",:0x\\";
    return out.insert(random_.below(out.size()), 1, kStray[random_.below(kStray.size())]);
  }

  std::string negate() {
    const Pointer at = any_that([](const Json& value) { return value.is_number(); });
    if (json_[at].is_number()) json_[at] = -1 - json_[at].get<double>();
    return text();
  }

  const std::string& base_;
  Random random_;
  Json json_;
};

}  // namespace

std::vector<std::string> mutants(const std::string& base, unsigned count, std::uint64_t seed) {
  std::vector<std::string> all;
  Mutator mutator(base, seed);
  while (all.size() < count) all.push_back(mutator.next());
  return all;
}

}  // namespace faultlab::testing
