// The sink `pipe`: a pipe for each sender.
#include "os/socket.hpp"
#include "sink/ends.hpp"

namespace faultlab {
namespace {

constexpr OptionSpec kHolds = {.name = "holds",
                               .type = OptionType::size,
                               .fallback = "64 KiB",
                               .meaning = "what the pipe holds (F_SETPIPE_SZ)",
                               .minimum = 4096,
                               .maximum = 1 << 30};
constexpr auto kPipeOptions = sink::received_options_and(kHolds);

Result<std::vector<Connection>> connect_pipe(const SinkRequest& request, const Options& options) {
  return sink::each_connection(request, [&]() -> Result<Connection> {
    auto pipe = os::make_pipe();
    if (!pipe) return propagate(std::move(pipe));
    auto held = os::resize_pipe(pipe->write_end, options.bytes("holds").value);
    if (!held) return propagate(std::move(held));
    return Connection{std::move(pipe->write_end), std::move(pipe->read_end)};
  });
}

}  // namespace

extern const SinkSpec pipe_sink;
const SinkSpec pipe_sink = {
    .row = {.name = "pipe", .summary = "a pipe; its receiver discards by splice(2)", .options = kPipeOptions},
    .kind = SinkKind::pipe,
    .connect = connect_pipe};

}  // namespace faultlab
