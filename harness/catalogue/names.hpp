// The words for the enumerations, in one place: config, schema, record and help agree by construction.
#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "catalogue/engine_spec.hpp"

namespace faultlab {

template <class E>
using Names = std::span<const std::pair<E, std::string_view>>;

inline constexpr auto kConsumeNames = std::to_array<std::pair<Consume, std::string_view>>(
    {{Consume::touch, "touch"}, {Consume::sum, "sum"}, {Consume::copy, "copy"}, {Consume::chase, "chase"}});
inline constexpr auto kAdviceNames =
    std::to_array<std::pair<Advice, std::string_view>>({{Advice::normal, "normal"},
                                                        {Advice::random, "random"},
                                                        {Advice::sequential, "sequential"},
                                                        {Advice::willneed, "willneed"},
                                                        {Advice::populate_read, "populate_read"}});
inline constexpr auto kStartNames = std::to_array<std::pair<Start, std::string_view>>(
    {{Start::cold, "cold"}, {Start::warm, "warm"}, {Start::steady, "steady"}});
inline constexpr auto kContentNames =
    std::to_array<std::pair<Content, std::string_view>>({{Content::random, "random"},
                                                         {Content::half, "half"},
                                                         {Content::zero, "zero"},
                                                         {Content::sparse, "sparse"}});
inline constexpr auto kLatencyNames = std::to_array<std::pair<Latency, std::string_view>>(
    {{Latency::off, "off"}, {Latency::sampled, "sampled"}, {Latency::full, "full"}});

constexpr Names<Consume> names_of(Consume) { return kConsumeNames; }
constexpr Names<Advice> names_of(Advice) { return kAdviceNames; }
constexpr Names<Content> names_of(Content) { return kContentNames; }
constexpr Names<Start> names_of(Start) { return kStartNames; }
constexpr Names<Latency> names_of(Latency) { return kLatencyNames; }

template <class E>
constexpr std::string_view to_string(E value) {
  for (const auto& [each, name] : names_of(E{})) {
    if (each == value) return name;
  }
  return "?";
}

template <class E>
constexpr std::optional<E> from_string(std::string_view text) {
  for (const auto& [each, name] : names_of(E{})) {
    if (name == text) return each;
  }
  return std::nullopt;
}

}  // namespace faultlab
