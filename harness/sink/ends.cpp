// Connections, one after another.
#include "sink/ends.hpp"

namespace faultlab::sink {

Result<std::vector<Connection>> each_connection(const SinkRequest& request,
                                                const std::function<Result<Connection>()>& make) {
  std::vector<Connection> all;
  for (unsigned i = 0; i < request.connections; ++i) {
    auto made = make();
    if (!made) return propagate(std::move(made));
    all.push_back(std::move(*made));
  }
  return all;
}

}  // namespace faultlab::sink
