// What the drivers of key-value stores have in common: their records, their command line, and the order of
// their work. A driver gives it a store and the verbs `make` and `read`.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <exception>
#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "report.hpp"

namespace drivers {

inline constexpr std::size_t kValueBytes = 400;
// About what a store needs for a record, its own overhead included.
inline constexpr std::uint64_t kRecordBytes = 420;

// A bijection of 64 bits (Vigna, splitmix64).
inline std::uint64_t mixed(std::uint64_t x) {
  x += 0x9E3779B97F4A7C15ULL;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
  return x ^ (x >> 31);
}

// The value of a key: nothing that a store could make smaller.
inline void fill_value(std::uint64_t key, std::vector<std::uint64_t>& value) {
  value.resize(kValueBytes / sizeof(std::uint64_t));
  for (std::size_t i = 0; i < value.size(); ++i) value[i] = mixed(key * 0x100 + i);
}

// All of it is looked at: the wrapping sum of its words.
inline std::uint64_t sum_of(const void* value, std::size_t size) {
  const char* at = static_cast<const char*>(value);
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i + sizeof(std::uint64_t) <= size; i += sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    std::memcpy(&word, at + i, sizeof word);
    sum += word;
  }
  return sum;
}

// In the order of numbers also where a store compares bytes.
inline std::string key_text(std::uint64_t key) {
  std::string text(sizeof key, '\0');
  for (std::size_t i = 0; i < text.size(); ++i)
    text[i] = static_cast<char>(key >> (8 * (sizeof key - 1 - i)));
  return text;
}

// "path", then name=value.
class Options {
 public:
  Options(int count, char** words) {
    for (int i = 0; i < count; ++i) {
      const std::string word = words[i];
      const std::size_t equals = word.find('=');
      if (equals == std::string::npos) throw std::runtime_error("not name=value: " + word);
      values_[word.substr(0, equals)] = word.substr(equals + 1);
    }
  }
  std::uint64_t number(const std::string& name, std::uint64_t fallback) const {
    const auto at = values_.find(name);
    return at == values_.end() ? fallback : std::stoull(at->second);
  }
  std::string text(const std::string& name, const std::string& fallback) const {
    const auto at = values_.find(name);
    return at == values_.end() ? fallback : at->second;
  }

 private:
  std::map<std::string, std::string> values_;
};

inline std::uint64_t records_of(const Options& options) {
  return (options.number("mib", 256) << 20) / kRecordBytes;
}

class Store {
 public:
  virtual ~Store() = default;
  // The sum over the value of a key that is there.
  virtual std::uint64_t look_up(std::uint64_t key) = 0;
  // Over all values, in the order of the keys.
  virtual std::uint64_t scan() = 0;
};

// `lookups` at random, or where there are none `scans` of everything. Before the window opens: `prime` scans,
// which fill what memory there is, and `before` lookups, until what is in memory is what lookups leave there.
inline void work_on(Store& store, const Options& options) {
  constexpr std::uint64_t kSaidAfter = 1000;
  const std::uint64_t records = records_of(options);
  const std::uint64_t lookups = options.number("lookups", 0);
  const std::uint64_t scans = options.number("scans", lookups == 0 ? 1 : 0);
  std::uint64_t state = options.number("seed", 1);
  const auto look_up_at_random = [&](std::uint64_t count) {
    std::uint64_t sum = 0;
    for (std::uint64_t i = 0; i < count; ++i) sum += store.look_up(mixed(state++) % records);
    return sum;
  };
  for (std::uint64_t i = options.number("prime", 0); i > 0; --i) store.scan();
  look_up_at_random(options.number("before", 0));
  Report report;
  const auto said = [&](std::uint64_t accesses) { report.done(accesses, accesses * kValueBytes); };
  report.begin();
  std::uint64_t sum = 0;
  for (std::uint64_t left = lookups; left > 0;) {
    const std::uint64_t some = std::min(left, kSaidAfter);
    sum += look_up_at_random(some);
    said(some);
    left -= some;
  }
  for (std::uint64_t i = 0; i < scans; ++i) {
    sum += store.scan();
    said(records);
  }
  report.end();
  report.checksum(sum);
}

struct Driver {
  void (*make)(const std::string& path, const Options& options);
  void (*read)(const std::string& path, const Options& options);
};

// PROGRAM make|read PATH [name=value ...]
inline int run(int argc, char** argv, const Driver& driver) {
  const std::string_view verb = argc > 2 ? argv[1] : "";
  try {
    if (verb != "make" && verb != "read") throw std::runtime_error("usage: make|read PATH [name=value ...]");
    (verb == "make" ? driver.make : driver.read)(argv[2], Options(argc - 3, argv + 3));
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", argv[0], error.what());
    return 1;
  }
}

}  // namespace drivers
