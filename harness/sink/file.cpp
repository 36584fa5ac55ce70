// The sink `file`: a file beside the dataset, without a name, so that it is gone with its descriptor.
#include "os/file.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include "sink/ends.hpp"

namespace faultlab {
namespace {

// What a file system keeps for itself, and others need meanwhile.
constexpr Bytes kSpare{64 << 20};

Result<std::vector<Connection>> connect_file(const SinkRequest& request, const Options&) {
  const auto space = os::space_at(request.folder);
  if (!space) return Failure(space.error());
  if (space->free < request.size + kSpare) {
    return fail(fmt::format("{} has {} bytes free, what is sent there needs {}", request.folder,
                            space->free.value, (request.size + kSpare).value),
                "free some, or choose a smaller dataset");
  }
  return sink::each_connection(request, [&]() -> Result<Connection> {
    auto fd = os::open_fd(request.folder, O_TMPFILE | O_RDWR);
    if (!fd) return propagate(std::move(fd));
    return Connection{std::move(*fd), {}};
  });
}

}  // namespace

extern const SinkSpec file_sink;
const SinkSpec file_sink = {
    .row = {.name = "file",
            .summary = "a file on the dataset's file system, read back and checked afterwards"},
    .kind = SinkKind::file,
    .connect = connect_file};

}  // namespace faultlab
