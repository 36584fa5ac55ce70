// Words with folders filled in.
#include "run/places.hpp"

#include <algorithm>
#include <filesystem>

namespace faultlab::run {
namespace {

constexpr std::string_view kSeed = "{seed}";

void replace_all(std::string& text, std::string_view what, const std::string& with) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size()) {
    text.replace(at, what.size(), with);
  }
}

std::string absolute_folder(const std::string& folder) {
  std::error_code error;
  const auto path = std::filesystem::absolute(folder, error);
  return error ? folder : path.lexically_normal().string();
}

}  // namespace

std::vector<std::string> placed(std::vector<std::string> words, const Places& places) {
  for (std::string& word : words) {
    if (word.find('{') == std::string::npos) continue;
    replace_all(word, "{data}", absolute_folder(places.data));
    replace_all(word, "{root}", absolute_folder(places.root));
    replace_all(word, "{bin}", absolute_folder(places.bin));
  }
  return words;
}

std::vector<std::string> placed(std::vector<std::string> words, const Places& places, std::uint64_t seed) {
  words = placed(std::move(words), places);
  for (std::string& word : words) replace_all(word, kSeed, std::to_string(seed));
  return words;
}

std::vector<std::string> words_of(const config::Workload& workload) {
  std::vector<std::string> words = workload.command;
  const auto& more = workload.application.arguments;
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

bool takes_seed(const std::vector<std::string>& words) {
  return std::any_of(words.begin(), words.end(),
                     [](const std::string& word) { return word.find(kSeed) != std::string::npos; });
}

}  // namespace faultlab::run
