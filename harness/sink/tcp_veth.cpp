// The sink `tcp_veth`: TCP between two network namespaces over a pair of virtual Ethernet devices, all of
// which are gone with the connections.
#include <fmt/format.h>

#include "os/command.hpp"
#include "os/network.hpp"
#include "os/socket.hpp"
#include "sink/ends.hpp"

namespace faultlab {
namespace {

constexpr Need kVethNeeds[] = {Need::network_namespaces, Need::ip_tool, Need::ethtool};

constexpr auto kSwitch = std::to_array<std::string_view>({"on", "off"});
constexpr OptionSpec kGather = {
    .name = "gather",
    .type = OptionType::choice,
    .fallback = "on",
    .meaning = "scatter-gather of the sending device: off, it takes only what lies in one piece",
    .choices = kSwitch};
constexpr auto kVethOptions = sink::received_options_and(kGather);

// Addresses that are nobody's (RFC 5737).
constexpr const char* kNear = "192.0.2.1";
constexpr const char* kFar = "192.0.2.2";

Result<> tool(const std::vector<std::string>& words) {
  auto ran = os::run_tool(words);
  if (!ran) return propagate(std::move(ran));
  if (ran->status == 0) return {};
  return fail(fmt::format("{}: {}", fmt::join(words, " "), ran->output),
              "run as root, with veth in the kernel");
}

// In the namespace that the thread is in.
Result<> bring_up(const std::string& device, const std::string& address) {
  auto named = tool({"ip", "address", "add", address + "/24", "dev", device});
  return named ? tool({"ip", "link", "set", device, "up"}) : std::move(named);
}

Result<> set_gather(const std::string& device, const std::string& wanted) {
  return tool({"ethtool", "-K", device, "sg", wanted});
}

Result<std::vector<Connection>> between(const os::TwoNetworks& networks, const SinkRequest& request,
                                        const Options& options) {
  auto made = tool({"ip", "link", "add", "near", "type", "veth", "peer", "name", "far", "netns",
                    networks.path_of_first()});
  if (!made) return propagate(std::move(made));
  if (auto set = set_gather("near", options.text("gather")); !set) return propagate(std::move(set));
  if (auto up = bring_up("near", kNear); !up) return propagate(std::move(up));
  if (auto entered = networks.enter_first(); !entered) return propagate(std::move(entered));
  if (auto up = bring_up("far", kFar); !up) return propagate(std::move(up));
  const auto listener = os::Listener::at(kFar);
  if (!listener) return Failure(listener.error());
  if (auto back = networks.enter_second(); !back) return propagate(std::move(back));
  return sink::each_connection(request, [&]() -> Result<Connection> {
    auto pair = listener->connect();
    if (!pair) return propagate(std::move(pair));
    return Connection{std::move(pair->near), std::move(pair->far)};
  });
}

Result<std::vector<Connection>> connect_veth(const SinkRequest& request, const Options& options) {
  std::vector<Connection> all;
  auto done = os::TwoNetworks::with([&](const os::TwoNetworks& networks) -> Result<> {
    auto connected = between(networks, request, options);
    if (!connected) return propagate(std::move(connected));
    all = std::move(*connected);
    return {};
  });
  if (!done) return propagate(std::move(done), "connect two network namespaces");
  return all;
}

}  // namespace

extern const SinkSpec tcp_veth_sink;
const SinkSpec tcp_veth_sink = {
    .row = {.name = "tcp_veth",
            .summary = "TCP between two network namespaces over virtual Ethernet, whose gathering can be "
                       "switched off",
            .needs = kVethNeeds,
            .options = kVethOptions},
    .kind = SinkKind::tcp,
    .connect = connect_veth};

}  // namespace faultlab
