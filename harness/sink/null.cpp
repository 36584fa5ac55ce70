// The sink `null`: /dev/null, which proves nothing about copies.
#include <fcntl.h>

#include "sink/ends.hpp"

namespace faultlab {
namespace {

Result<std::vector<Connection>> connect_null(const SinkRequest& request, const Options&) {
  return sink::each_connection(request, []() -> Result<Connection> {
    auto fd = os::open_fd("/dev/null", O_WRONLY);
    if (!fd) return propagate(std::move(fd));
    return Connection{std::move(*fd), {}};
  });
}

}  // namespace

extern const SinkSpec null_sink;
const SinkSpec null_sink = {
    .row = {.name = "null",
            .summary =
                "/dev/null, which looks at no byte: it proves nothing about copies, nor that any arrived"},
    .kind = SinkKind::device,
    .connect = connect_null};

}  // namespace faultlab
