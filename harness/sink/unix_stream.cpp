// The sink `unix_stream`: pairs of AF_UNIX stream sockets.
#include "os/socket.hpp"
#include "sink/ends.hpp"

namespace faultlab {
namespace {

Result<std::vector<Connection>> connect_unix(const SinkRequest& request, const Options&) {
  return sink::each_connection(request, []() -> Result<Connection> {
    auto pair = os::make_unix_stream();
    if (!pair) return propagate(std::move(pair));
    return Connection{std::move(pair->near), std::move(pair->far)};
  });
}

}  // namespace

extern const SinkSpec unix_stream_sink;
const SinkSpec unix_stream_sink = {
    .row = {.name = "unix_stream",
            .summary = "a pair of AF_UNIX stream sockets; its receiver cannot discard without a copy",
            .options = sink::kReceivedOptions},
    .kind = SinkKind::unix_stream,
    .connect = connect_unix};

}  // namespace faultlab
