// Reading one fact: a JSON value, or {"missing": why}.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace faultlab::host {

using Json = nlohmann::ordered_json;

enum class As {
  text,    // trimmed
  number,  // an integer; a file that says something else ("max") is kept as text
  chosen,  // the bracketed word
};

Json missing(std::string why);
Json fact(const std::string& root, std::string_view path, As as = As::text);

// The value of "key: 123 kB" or "key 123" in a text that has been read, or why it is missing.
Json fact_row(std::string_view text, std::string_view key, std::string_view path);

}  // namespace faultlab::host
