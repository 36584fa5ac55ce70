// The other side of a transfer: its connections, and the process that receives.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "catalogue/catalogue.hpp"
#include "config/experiment.hpp"
#include "host/topology.hpp"
#include "measure/reading.hpp"
#include "os/line_channel.hpp"
#include "os/process.hpp"
#include "sink/receiver_process.hpp"

namespace faultlab::run {

// What has come over one connection.
struct Arrival {
  std::optional<std::uint64_t> bytes;     // nothing where no one looks (/dev/null)
  std::optional<std::uint64_t> checksum;  // StreamSum; nothing where the bytes were discarded
};

class Delivery {
 public:
  // Connects one connection for each of the trial's threads, and starts the receiver where there is one.
  static Result<Delivery> open(const Catalogue& catalogue, const config::Trial& trial,
                               const std::string& dataset_path, const host::Topology& topology);

  std::span<const Connection> connections() const { return connections_; }
  // The processing unit of the receiver, or why it has none.
  const std::string& receiver_unit() const { return receiver_unit_; }

  // In the window: says that there is no more, and waits until all has arrived.
  Result<> complete();
  // CLOCK_MONOTONIC, when the last byte had arrived; 0 where nobody received.
  std::uint64_t last_ns() const;
  // After the window: of each connection, in their order. Reads a file back.
  Result<std::vector<Arrival>> arrivals();
  // What receiving took; missing with the reason where nobody received.
  Readings readings() const;
  // To a failed write's error: that its reader is gone, where it is.
  Error explain(Error error);

 private:
  struct Receiver {
    os::Child process;
    os::LineWriter orders;
    os::LineReader reports;
  };

  Delivery(const SinkSpec& spec, Choice choice, std::vector<Connection> connections)
      : spec_(&spec), choice_(std::move(choice)), connections_(std::move(connections)) {}
  Result<> start_receiver(const config::Trial& trial, const host::Topology& topology);
  Result<std::string> next_line();
  Value queued() const;
  // Of files, what lies in blocks that the dataset has, too.
  Value shared() const;
  sink::Receive how() const;

  const SinkSpec* spec_;
  Choice choice_;
  std::vector<Connection> connections_;
  std::optional<Receiver> receiver_;
  std::string receiver_unit_ = "nobody receives";
  Value queued_ = Missing{"no socket was sent to"};
  std::optional<sink::ReceiverReport> report_;
};

}  // namespace faultlab::run
