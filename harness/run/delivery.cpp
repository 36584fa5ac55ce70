// Connections and the receiver's process.
#include "run/delivery.hpp"

#include <fmt/format.h>
#include <string.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "measure/stream_sum.hpp"
#include "os/file.hpp"
#include "os/file_extents.hpp"
#include "os/signal_gate.hpp"
#include "os/socket.hpp"

namespace faultlab::run {
namespace {

// Of a file that was written to, whole. Each read is as large as a receiver's.
Result<Arrival> read_back(const os::Fd& file) {
  constexpr std::size_t kPiece = 256 << 10;
  const auto status = os::file_status(file);
  if (!status) return Failure(status.error());
  std::vector<std::byte> buffer(kPiece);
  StreamSum sum;
  for (std::uint64_t at = 0; at < status->size.value; at = sum.bytes()) {
    const auto piece = std::span(buffer).first(std::min<std::uint64_t>(kPiece, status->size.value - at));
    if (auto read = os::read_at(file, piece.data(), piece.size(), at, "the file sink"); !read)
      return propagate(std::move(read));
    sum.add(piece);
  }
  return Arrival{sum.bytes(), sum.value()};
}

}  // namespace

Result<Delivery> Delivery::open(const Catalogue& catalogue, const config::Trial& trial,
                                const std::string& dataset_path, const host::Topology& topology) {
  const Choice& choice = trial.workload.sink;
  const SinkSpec* spec = find(catalogue.sinks, choice.kind);
  if (spec == nullptr) return fail("no sink is called " + choice.kind);
  const SinkRequest request{.connections = trial.workload.threads,
                            .folder = std::filesystem::path(dataset_path).parent_path().string(),
                            .size = trial.dataset.size};
  auto connections = spec->connect(request, choice.options);
  if (!connections) return propagate(std::move(connections), "open the sink " + choice.kind);
  Delivery delivery(*spec, choice, std::move(*connections));
  if (!spec->received()) return delivery;
  if (auto started = delivery.start_receiver(trial, topology); !started)
    return propagate(std::move(started), "start the receiver");
  return delivery;
}

sink::Receive Delivery::how() const {
  return choice_.options.text("receive") == "verify" ? sink::Receive::verify : sink::Receive::discard;
}

Result<> Delivery::start_receiver(const config::Trial& trial, const host::Topology& topology) {
  auto down = os::make_pipe();
  if (!down) return propagate(std::move(down));
  auto up = os::make_pipe();
  if (!up) return propagate(std::move(up));
  sink::ReceiverTask task{
      .ends = {}, .kind = spec_->kind, .how = how(), .late_ms = choice_.options.integer("late_ms")};
  std::vector<std::pair<int, int>> given = {{down->read_end.get(), sink::kReceiverOrders},
                                            {up->write_end.get(), sink::kReceiverReports}};
  for (const Connection& each : connections_) {
    task.ends.push_back(each.receiver.get());
    given.emplace_back(each.receiver.get(), each.receiver.get());
  }
  const auto& workload = trial.workload;
  const unsigned place = choice_.options.text("receiver") == "apart" ? workload.threads : 0;
  const auto unit = topology.unit_of_process(place, workload.binding);
  receiver_unit_ = unit ? std::to_string(*unit) : "unbound";
  auto process = os::Child::spawn({.program = os::kOwnProgram,
                                   .arguments = {"faultlab", sink::kReceiverWord},
                                   .descriptors = given,
                                   .cpu = unit});
  if (!process) return propagate(std::move(process));
  receiver_.emplace(Receiver{std::move(*process), os::LineWriter(std::move(down->write_end)),
                             os::LineReader(std::move(up->read_end))});
  // Now only the receiver has them: where it dies, a write fails, and its reports end.
  up->write_end.reset();
  for (Connection& each : connections_) each.receiver.reset();
  if (auto sent = receiver_->orders.send(sink::to_json(task).dump()); !sent) return sent;
  auto ready = next_line();
  return ready ? Result<>() : propagate(std::move(ready));
}

Result<std::string> Delivery::next_line() {
  auto line = receiver_->reports.next();
  if (!line) return propagate(std::move(line));
  if (*line) return std::move(**line);
  return Failure(explain({"it said nothing", {}, 0}));
}

Error Delivery::explain(Error error) {
  if (!receiver_) return error;
  const auto ended = os::wait_readable({&receiver_->process.pidfd()}, 100);
  if (!ended || *ended == 0) return error;
  const auto exit = receiver_->process.wait();
  if (!exit) return error;
  error.what += exit->signalled ? fmt::format("; the receiving process was ended by signal {} ({})",
                                              exit->code, ::strsignal(exit->code))
                                : fmt::format("; the receiving process ended with status {}", exit->code);
  return error;
}

// What the senders' last calls left in the queues of their sockets.
Value Delivery::queued() const {
  if (spec_->kind != SinkKind::tcp && spec_->kind != SinkKind::unix_stream)
    return Missing{"only a socket has a queue: it is a " + choice_.kind};
  Value sum = Value::count(0);
  for (const Connection& each : connections_) {
    const auto bytes = os::queued_bytes(each.sender);
    sum = sum + (bytes ? Value::count(*bytes) : Value(Missing{bytes.error().what}));
  }
  return sum;
}

Value Delivery::shared() const {
  if (spec_->kind != SinkKind::file) return Missing{"only a file shares its blocks: it is a " + choice_.kind};
  Value sum = Value::count(0);
  for (const Connection& each : connections_) {
    const auto bytes = os::shared_bytes(each.sender);
    sum = sum + (bytes ? Value::count(*bytes) : Value(Missing{bytes.error().what}));
  }
  return sum;
}

Result<> Delivery::complete() {
  queued_ = queued();
  if (!receiver_) return {};
  for (Connection& each : connections_) {
    if (spec_->kind == SinkKind::pipe) {
      each.sender.reset();
    } else if (auto ended = os::end_of_writing(each.sender); !ended) {
      return Failure(explain(std::move(ended.error())));
    }
  }
  auto line = next_line();
  if (!line) return propagate(std::move(line), "hear what has arrived");
  report_ = sink::report_from_json(sink::Json::parse(*line));
  for (const sink::Received& each : report_->received) {
    if (each.error == 0) continue;
    return fail("receive: " + std::generic_category().message(each.error), {}, each.error);
  }
  return {};
}

std::uint64_t Delivery::last_ns() const {
  std::uint64_t last = 0;
  if (!report_) return last;
  for (const sink::Received& each : report_->received) last = std::max(last, each.last_ns);
  return last;
}

Result<std::vector<Arrival>> Delivery::arrivals() {
  std::vector<Arrival> all;
  if (spec_->kind == SinkKind::device) return std::vector<Arrival>(connections_.size());
  if (report_) {
    for (const sink::Received& each : report_->received) {
      all.push_back(
          {each.bytes, how() == sink::Receive::verify ? std::optional(each.checksum) : std::nullopt});
    }
    return all;
  }
  for (const Connection& each : connections_) {
    auto back = read_back(each.sender);
    if (!back) return propagate(std::move(back), "read back what was sent");
    all.push_back(*back);
  }
  return all;
}

Readings Delivery::readings() const {
  const auto of_receiver = [&](auto value) {
    return report_ ? Value(value(*report_)) : Value(Missing{"nobody receives: it is a " + choice_.kind});
  };
  const auto summed = [](std::uint64_t sink::Received::*field) {
    return [field](const sink::ReceiverReport& report) {
      std::uint64_t sum = 0;
      for (const sink::Received& each : report.received) sum += each.*field;
      return Value::count(sum);
    };
  };
  const Value bytes = of_receiver(summed(&sink::Received::bytes));
  const auto copies = report_ ? sink::copies_of_receiver(spec_->kind, how()) : 0;
  return {{"queued_bytes", "delivery", queued_},
          {"shared_bytes", "delivery", shared()},
          {"received_bytes", "receiver", bytes},
          {"receiver_copied_bytes", "receiver", bytes * Value::count(copies), std::nullopt,
           "derived from the way in which it receives"},
          {"receiver_syscalls", "receiver", of_receiver(summed(&sink::Received::calls))},
          {"receiver_user_ns", "receiver", of_receiver([](const auto& r) { return Value(r.user_ns); })},
          {"receiver_system_ns", "receiver", of_receiver([](const auto& r) { return Value(r.system_ns); })},
          {"receiver_context_switches", "receiver",
           of_receiver([](const auto& r) { return Value(r.context_switches); })}};
}

}  // namespace faultlab::run
