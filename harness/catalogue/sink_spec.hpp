// Sinks: where a transfer's bytes go.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "catalogue/row.hpp"
#include "os/fd.hpp"

namespace faultlab {

// What a sink is to the kernel: which system calls can write to it, and how its other end is read.
enum class SinkKind { tcp, unix_stream, pipe, file, device };

struct SinkRequest {
  unsigned connections = 1;
  std::string folder;  // for files: where the dataset is, so that both lie on one file system
  Bytes size;          // of all that will be sent
};

// One way from the sender to whoever receives. A file and a device have no other end.
struct Connection {
  os::Fd sender;
  os::Fd receiver;
};

struct SinkSpec {
  Row row;
  SinkKind kind;
  // Connected, and empty. What it makes on the host is gone with the descriptors.
  Result<std::vector<Connection>> (*connect)(const SinkRequest& request, const Options& options);

  // Is there a process that receives?
  bool received() const { return kind != SinkKind::file && kind != SinkKind::device; }
};

}  // namespace faultlab
