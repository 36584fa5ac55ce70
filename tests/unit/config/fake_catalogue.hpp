// A small constant catalogue, so that the reader's tests stand on rows of their own.
#pragma once

#include <string>
#include <string_view>

#include "catalogue/catalogue.hpp"
#include "config/read.hpp"

namespace faultlab::config {

const Catalogue& fake_catalogue();

// A valid config without factors.
std::string plain_config();
// A valid config that uses everything: factors, labelled levels, filters, expectations, figures, comments.
std::string rich_config();

// `text` with the first `from` replaced; a test that replaces nothing fails.
std::string replaced(std::string text, std::string_view from, std::string_view to);

ReadResult read(std::string_view text);

// The problems, a line each: "line:column path: what".
std::string listing(const ReadResult& result);

// 1-based line of the first `word` in `text`.
unsigned line_of(std::string_view text, std::string_view word);

}  // namespace faultlab::config
