// Arithmetic on values that may be missing.
#include "measure/reading.hpp"

#include <algorithm>

namespace faultlab {
namespace {

template <class Exact, class Rounded>
Value combine(const Value& a, const Value& b, Exact exact, Rounded rounded) {
  if (!a.present()) return a;
  if (!b.present()) return b;
  if (a.integral() && b.integral()) return Value(std::int64_t{exact(a.integer(), b.integer())});
  return Value(double{rounded(a.number(), b.number())});
}

}  // namespace

double Value::number() const {
  if (const auto* whole = std::get_if<std::int64_t>(&held_)) return static_cast<double>(*whole);
  return std::get<double>(held_);
}

std::int64_t Value::integer() const {
  if (const auto* real = std::get_if<double>(&held_)) return static_cast<std::int64_t>(*real);
  return std::get<std::int64_t>(held_);
}

Value operator+(const Value& a, const Value& b) { return combine(a, b, std::plus<>{}, std::plus<>{}); }
Value operator-(const Value& a, const Value& b) { return combine(a, b, std::minus<>{}, std::minus<>{}); }
Value operator*(const Value& a, const Value& b) {
  return combine(a, b, std::multiplies<>{}, std::multiplies<>{});
}
Value operator/(const Value& a, const Value& b) {
  if (!a.present()) return a;
  if (!b.present()) return b;
  if (b.number() == 0.0) return Missing{"divided by zero"};
  return Value(a.number() / b.number());
}

const Reading* find(const Readings& readings, std::string_view metric, std::string_view source) {
  const auto at = std::find_if(readings.begin(), readings.end(),
                               [&](const Reading& r) { return r.metric == metric && r.source == source; });
  return at == readings.end() ? nullptr : &*at;
}

}  // namespace faultlab
