// What a probe returned: a number, or the reason why there is none. Never a sentinel.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace faultlab {

struct Missing {
  std::string why;
  bool operator==(const Missing&) const = default;
};

// A number or Missing; arithmetic with a missing operand is missing, for the first reason met.
class Value {
 public:
  Value(std::int64_t number) : held_(number) {}          // NOLINT: implicit, a count is a value
  Value(double number) : held_(number) {}                // NOLINT
  Value(Missing missing) : held_(std::move(missing)) {}  // NOLINT
  static Value count(std::uint64_t n) { return Value(static_cast<std::int64_t>(n)); }

  bool present() const { return !std::holds_alternative<Missing>(held_); }
  bool integral() const { return std::holds_alternative<std::int64_t>(held_); }
  // Precondition of both: present().
  double number() const;
  std::int64_t integer() const;
  // Precondition: !present().
  const std::string& why() const { return std::get<Missing>(held_).why; }
  bool operator==(const Value&) const = default;

  friend Value operator+(const Value& a, const Value& b);
  friend Value operator-(const Value& a, const Value& b);
  friend Value operator*(const Value& a, const Value& b);
  // A quotient by zero is missing ("divided by zero"), not infinite.
  friend Value operator/(const Value& a, const Value& b);

 private:
  std::variant<std::int64_t, double, Missing> held_;
};

// One value of one metric from one source. `within` bounds the error that the source is known to
// have (for instance memory.stat's unflushed updates); `note` says what else the number contains.
struct Reading {
  std::string metric;  // a name in metrics.hpp
  std::string source;  // the probe or derivation that produced it
  Value value;
  std::optional<std::int64_t> within = std::nullopt;
  std::string note = {};
};

using Readings = std::vector<Reading>;

// The reading of `metric` from `source`, or nullptr.
const Reading* find(const Readings& readings, std::string_view metric, std::string_view source);

}  // namespace faultlab
