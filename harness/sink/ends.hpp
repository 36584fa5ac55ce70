// What sinks share: how the other end of a connection is read, and by whom.
#pragma once

#include <array>
#include <functional>
#include <string_view>

#include "catalogue/sink_spec.hpp"

namespace faultlab::sink {

inline constexpr auto kReceives = std::to_array<std::string_view>({"verify", "discard"});
inline constexpr auto kPlaces = std::to_array<std::string_view>({"apart", "together"});

inline constexpr OptionSpec kReceive = {
    .name = "receive",
    .type = OptionType::choice,
    .fallback = "verify",
    .meaning =
        "what is done with the bytes that arrive: verify reads and checks all of them, discard gives "
        "them up with as little work as the kernel lets a receiver do",
    .choices = kReceives};
inline constexpr OptionSpec kReceiver = {
    .name = "receiver",
    .type = OptionType::choice,
    .fallback = "apart",
    .meaning =
        "where the receiving process runs: apart is the unit after those of the senders, together the "
        "first sender's",
    .choices = kPlaces};
inline constexpr OptionSpec kLate = {
    .name = "late_ms",
    .type = OptionType::integer,
    .fallback = "0",
    .meaning = "how many milliseconds after the first bytes have come the receiver begins to take any",
    .maximum = 60'000};
// What the harness asks every sink for that has a receiver.
inline constexpr auto kReceivedOptions = std::to_array<OptionSpec>({kReceive, kReceiver, kLate});
// These, and one of the sink's own.
constexpr auto received_options_and(const OptionSpec& own) {
  return std::to_array<OptionSpec>({kReceive, kReceiver, kLate, own});
}

// Calls make() once for each connection.
Result<std::vector<Connection>> each_connection(const SinkRequest& request,
                                                const std::function<Result<Connection>()>& make);

}  // namespace faultlab::sink
