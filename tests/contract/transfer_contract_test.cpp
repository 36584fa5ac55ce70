// What every way to send must keep, whichever it is: what arrives is what was to be sent, for each engine and
// sink that the kernel lets go together, and for the others the kernel says no.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <pthread.h>

#include <csignal>
#include <future>
#include <thread>

#include "contract/engines.hpp"
#include "host/doctor.hpp"
#include "measure/stream_sum.hpp"
#include "os/socket.hpp"
#include "sink/receiving.hpp"

namespace faultlab {
namespace {

using namespace contract;

constexpr Bytes kPipeHolds{65536};

struct Route {
  const EngineSpec* engine;
  const SinkSpec* sink;

  std::string refusal() const {
    return engine->refuses_sink == nullptr ? "" : std::string(engine->refuses_sink(sink->kind));
  }
};

std::vector<Route> all_routes() {
  std::vector<Route> routes;
  for (const EngineSpec* engine : engine_table()) {
    if (engine->shape != Shape::transfer) continue;
    for (const SinkSpec* sink : sink_table()) routes.push_back({engine, sink});
  }
  return routes;
}

// Both ends in this process: the engine in the test's thread, the receiver in another one.
class RouteTest : public ::testing::TestWithParam<Route> {
 protected:
  void SetUp() override {
    std::signal(SIGPIPE, SIG_IGN);
    ASSERT_TRUE(dataset_.whole());
    for (const Row* row : {&GetParam().sink->row, &GetParam().engine->row}) {
      for (const Need need : row->needs) {
        if (const auto lack = host::lacks(need)) GTEST_SKIP() << lack->why << " (" << lack->remedy << ")";
      }
    }
  }

  Result<> connect(Options sink_options) {
    auto connections = GetParam().sink->connect(
        {.connections = 1, .folder = ::testing::TempDir(), .size = kSize}, sink_options);
    if (!connections) return propagate(std::move(connections));
    connections_ = std::move(*connections);
    return {};
  }

  Result<> prepare(Bytes block) {
    const EngineSpec& spec = *GetParam().engine;
    const AccessSetup setup{.path = dataset_.path(),
                            .size = kSize,
                            .block = block,
                            .threads = 1,
                            .content = kSeed,
                            .options = default_options(spec.row, kPipeHolds),
                            .connections = connections_,
                            .stop = &stop_};
    engine_ = spec.make();
    if (auto prepared = engine_->prepare(setup); !prepared) return prepared;
    if (auto begun = engine_->begin(); !begun) return begun;
    auto worker = engine_->worker(0);
    if (!worker) return propagate(std::move(worker));
    worker_ = std::move(*worker);
    worker_->begin_session(1);
    return {};
  }

  bool has_receiver() const { return GetParam().sink->received(); }

  std::future<sink::Received> receive(sink::Receive how) {
    return std::async(std::launch::async, [&, how] {
      return sink::receive_all(connections_[0].receiver, GetParam().sink->kind, how);
    });
  }

  void end_of_sending() { connections_[0].sender.reset(); }

  BatchResult send(const std::vector<std::uint64_t>& offsets) {
    BatchResult result = worker_->run(offsets);
    if (const int error = worker_->complete().error; result.error == 0) result.error = error;
    return result;
  }

  Dataset dataset_;
  std::atomic<std::uint32_t> stop_{0};
  std::vector<Connection> connections_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<Accessor> worker_;
};

std::vector<std::uint64_t> in_order(Bytes block) {
  std::vector<std::uint64_t> offsets;
  for (std::uint64_t at = 0; at < kSize.value; at += block.value) offsets.push_back(at);
  return offsets;
}

StreamSum stream_of(const std::vector<std::uint64_t>& offsets, Bytes block) {
  StreamSum sum;
  std::vector<std::byte> content(block.value);
  for (const std::uint64_t offset : offsets) {
    fill_content(kSeed, offset, content);
    sum.add(content);
  }
  return sum;
}

class EveryRoute : public RouteTest {};

TEST_P(EveryRoute, DeliversWhatWasToBeSentOrIsRefusedByTheKernel) {
  for (const Bytes block : {kPage, kPage * 48}) {
    ASSERT_TRUE(connect(default_options(GetParam().sink->row, kPipeHolds)).has_value());
    const auto offsets = block == kPage ? jumping_offsets(block) : in_order(block);
    const auto prepared = prepare(block);
    if (!GetParam().refusal().empty()) {
      const int error = prepared ? send(offsets).error : prepared.error().code;
      EXPECT_NE(error, 0) << "the kernel takes what the row says it refuses";
      return;
    }
    ASSERT_TRUE(prepared.has_value()) << prepared.error().what;
    auto received = has_receiver() ? receive(sink::Receive::verify) : std::future<sink::Received>();
    const BatchResult result = send(offsets);
    EXPECT_EQ(result.error, 0) << std::generic_category().message(result.error);
    EXPECT_EQ(result.done, offsets.size());
    const StreamSum expected = stream_of(offsets, block);
    if (GetParam().sink->kind == SinkKind::file) {
      std::vector<std::byte> back(expected.bytes());
      ASSERT_TRUE(os::read_at(connections_[0].sender, back.data(), back.size(), 0, "sink").has_value());
      StreamSum sum;
      sum.add(back);
      EXPECT_EQ(sum.value(), expected.value());
    }
    end_of_sending();
    if (!received.valid()) continue;
    const sink::Received all = received.get();
    EXPECT_EQ(all.error, 0);
    EXPECT_EQ(all.bytes, expected.bytes());
    EXPECT_EQ(all.checksum, expected.value());
  }
}

TEST_P(EveryRoute, CountsItsSystemCallsAsTheyAreForeseen) {
  if (!GetParam().refusal().empty()) GTEST_SKIP() << GetParam().refusal();
  ASSERT_TRUE(connect(default_options(GetParam().sink->row, kPipeHolds)).has_value());
  ASSERT_TRUE(prepare(kPage).has_value());
  const auto offsets = in_order(kPage);
  auto received = has_receiver() ? receive(sink::Receive::discard) : std::future<sink::Received>();
  ASSERT_EQ(send(offsets).error, 0);
  end_of_sending();
  const Sent sent = worker_->sent();
  const std::string_view engine = GetParam().engine->row.name;
  const bool two =
      engine == "read_write" || engine == "pread_direct_write" || engine == "splice" || engine == "vmsplice";
  if (engine == "zerocopy_send" || engine == "uring_send_zc") {
    EXPECT_GE(sent.calls, offsets.size());
    EXPECT_EQ(sent.zero_copy_bytes, kSize.value);
    EXPECT_LE(sent.copied_after_all_bytes, kSize.value);
  } else if (sent.partial_calls == 0) {
    EXPECT_EQ(sent.calls, offsets.size() * (two ? 2 : 1));
  }
  EXPECT_EQ(sent.read_bytes, engine == "read_write" ? kSize.value : 0);
  EXPECT_EQ(sent.uring_read_bytes, engine == "uring_read_write" ? kSize.value : 0);
  if (received.valid()) {
    EXPECT_EQ(received.get().bytes, kSize.value);
  }
}

// A sink that takes less than it is given, and then nothing for a while: what is sent is continued, and
// waited for.
TEST_P(EveryRoute, GoesOnAfterShortAndRefusedWrites) {
  if (!GetParam().refusal().empty()) GTEST_SKIP() << GetParam().refusal();
  if (!has_receiver()) GTEST_SKIP() << "is never full";
  ASSERT_TRUE(connect(default_options(GetParam().sink->row, kPage)).has_value());
  const int flags = ::fcntl(connections_[0].sender.get(), F_GETFL);
  ASSERT_EQ(::fcntl(connections_[0].sender.get(), F_SETFL, flags | O_NONBLOCK), 0);
  constexpr Bytes kLarge = kPage * 48;
  ASSERT_TRUE(prepare(kLarge).has_value());
  std::vector<std::uint64_t> offsets;
  for (int i = 0; i < 40; ++i) {  // 8 MiB: more than a socket takes
    for (const std::uint64_t each : in_order(kLarge)) offsets.push_back(each);
  }
  auto received = std::async(std::launch::async, [&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    return sink::receive_all(connections_[0].receiver, GetParam().sink->kind, sink::Receive::verify);
  });
  const BatchResult result = send(offsets);
  EXPECT_EQ(result.error, 0) << std::generic_category().message(result.error);
  end_of_sending();
  const StreamSum expected = stream_of(offsets, kLarge);
  const sink::Received all = received.get();
  EXPECT_EQ(all.bytes, expected.bytes());
  EXPECT_EQ(all.checksum, expected.value());
}

// Small sends have more under way than the kernel keeps accounts of: MSG_ZEROCOPY then gives ENOBUFS.
TEST_P(EveryRoute, GoesOnWithManySmallBlocksUnderWay) {
  if (!GetParam().refusal().empty()) GTEST_SKIP() << GetParam().refusal();
  if (!has_receiver()) GTEST_SKIP() << "is never full";
  ASSERT_TRUE(connect(default_options(GetParam().sink->row, kPipeHolds)).has_value());
  ASSERT_TRUE(prepare(kPage).has_value());
  std::vector<std::uint64_t> offsets;
  for (int i = 0; i < 12; ++i) {  // 11 MiB
    for (const std::uint64_t each : in_order(kPage)) offsets.push_back(each);
  }
  auto received = std::async(std::launch::async, [&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    return sink::receive_all(connections_[0].receiver, GetParam().sink->kind, sink::Receive::verify);
  });
  const BatchResult result = send(offsets);
  EXPECT_EQ(result.error, 0) << std::generic_category().message(result.error);
  end_of_sending();
  EXPECT_EQ(received.get().checksum, stream_of(offsets, kPage).value());
}

// Signals that interrupt whatever call the sender is in.
TEST_P(EveryRoute, GoesOnWhenItIsInterrupted) {
  if (!GetParam().refusal().empty()) GTEST_SKIP() << GetParam().refusal();
  if (!has_receiver()) GTEST_SKIP() << "never waits";
  struct sigaction action {};
  action.sa_handler = [](int) {};  // without SA_RESTART
  ASSERT_EQ(::sigaction(SIGUSR1, &action, nullptr), 0);
  ASSERT_TRUE(connect(default_options(GetParam().sink->row, kPage)).has_value());
  ASSERT_TRUE(prepare(kPage * 48).has_value());
  std::vector<std::uint64_t> offsets;
  for (int i = 0; i < 40; ++i) {
    for (const std::uint64_t each : in_order(kPage * 48)) offsets.push_back(each);
  }
  std::atomic<bool> done{false};
  const pthread_t sender = ::pthread_self();
  auto disturbed = std::async(std::launch::async, [&] {
    while (!done) {
      ::pthread_kill(sender, SIGUSR1);
      std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
  });
  auto received = std::async(std::launch::async, [&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    return sink::receive_all(connections_[0].receiver, GetParam().sink->kind, sink::Receive::verify);
  });
  const BatchResult result = send(offsets);
  done = true;
  disturbed.get();
  EXPECT_EQ(result.error, 0) << std::generic_category().message(result.error);
  end_of_sending();
  EXPECT_EQ(received.get().checksum, stream_of(offsets, kPage * 48).value());
}

TEST_P(EveryRoute, FailsWhenTheReceiverIsGone) {
  if (!GetParam().refusal().empty()) GTEST_SKIP() << GetParam().refusal();
  if (!has_receiver()) GTEST_SKIP() << "has none";
  ASSERT_TRUE(connect(default_options(GetParam().sink->row, kPipeHolds)).has_value());
  ASSERT_TRUE(prepare(kPage * 48).has_value());
  connections_[0].receiver.reset();
  std::vector<std::uint64_t> offsets(400, 0);
  const BatchResult result = send(offsets);
  EXPECT_NE(result.error, 0);
  EXPECT_LT(result.done, offsets.size());
}

TEST_P(EveryRoute, FailsWhereTheFileHasLostItsEnd) {
  if (!GetParam().refusal().empty()) GTEST_SKIP() << GetParam().refusal();
  ASSERT_TRUE(connect(default_options(GetParam().sink->row, kPipeHolds)).has_value());
  ASSERT_TRUE(prepare(kPage).has_value());
  if (GetParam().sink->kind == SinkKind::device && engine_->memory().data() != nullptr) {
    GTEST_SKIP() << "/dev/null does not look at what it is given";
  }
  ASSERT_EQ(::truncate(dataset_.path().c_str(), static_cast<off_t>(kSize.value / 2)), 0);
  auto received = has_receiver() ? receive(sink::Receive::discard) : std::future<sink::Received>();
  const auto offsets = in_order(kPage);
  const BatchResult result = send(offsets);
  end_of_sending();
  EXPECT_NE(result.error, 0);
  EXPECT_EQ(result.done, offsets.size() / 2);
  if (received.valid()) {
    EXPECT_EQ(received.get().bytes, kSize.value / 2);
  }
}

INSTANTIATE_TEST_SUITE_P(Catalogue, EveryRoute, ::testing::ValuesIn(all_routes()), [](const auto& chosen) {
  return std::string(chosen.param.engine->row.name) + "_to_" + std::string(chosen.param.sink->row.name);
});

TEST(TheStreamsSum, KnowsTheOrderAndEveryPiece) {
  std::vector<std::byte> bytes(4096);
  fill_content(kSeed, 0, bytes);
  StreamSum whole;
  whole.add(bytes);
  StreamSum pieces;
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t size = std::min<std::size_t>(1 + at % 13, bytes.size() - at);
    pieces.add(std::span(bytes).subspan(at, size));
    at += size;
  }
  EXPECT_EQ(pieces.value(), whole.value());
  EXPECT_EQ(pieces.bytes(), whole.bytes());
  std::swap_ranges(bytes.begin(), bytes.begin() + 8, bytes.begin() + 8);
  StreamSum swapped;
  swapped.add(bytes);
  EXPECT_NE(swapped.value(), whole.value());
}

}  // namespace
}  // namespace faultlab
