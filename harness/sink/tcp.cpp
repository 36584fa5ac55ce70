// The sink `tcp`: connections over the loopback interface.
#include "os/socket.hpp"
#include "sink/ends.hpp"

namespace faultlab {
namespace {

Result<std::vector<Connection>> connect_tcp(const SinkRequest& request, const Options&) {
  const auto listener = os::Listener::at("127.0.0.1");
  if (!listener) return Failure(listener.error());
  return sink::each_connection(request, [&]() -> Result<Connection> {
    auto pair = listener->connect();
    if (!pair) return propagate(std::move(pair));
    return Connection{std::move(pair->near), std::move(pair->far)};
  });
}

}  // namespace

extern const SinkSpec tcp_sink;
const SinkSpec tcp_sink = {.row = {.name = "tcp",
                                   .summary = "TCP over the loopback interface: no network card, no DMA",
                                   .options = sink::kReceivedOptions},
                           .kind = SinkKind::tcp,
                           .connect = connect_tcp};

}  // namespace faultlab
