// The receiver's own process: this program executed again, so that its costs are apart from the sender's.
#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "base/result.hpp"
#include "sink/receiving.hpp"

namespace faultlab::sink {

using Json = nlohmann::ordered_json;

// The hidden command-line word, and the descriptors on which the two talk in lines of JSON.
inline constexpr const char* kReceiverWord = "receiver-worker";
inline constexpr int kReceiverOrders = 3;
inline constexpr int kReceiverReports = 4;

// The first line to it: the descriptors that it has been given, and what to do with what comes.
struct ReceiverTask {
  std::vector<int> ends;
  SinkKind kind = SinkKind::tcp;
  Receive how = Receive::verify;
  std::uint64_t late_ms = 0;  // from the first bytes on
};
Json to_json(const ReceiverTask& task);
ReceiverTask task_from_json(const Json& json);

// Its last line, when every connection has ended.
struct ReceiverReport {
  std::vector<Received> received;  // in the order of the ends
  // Of the process, from its first line to its last.
  std::int64_t user_ns = 0;
  std::int64_t system_ns = 0;
  std::int64_t context_switches = 0;
};
Json to_json(const ReceiverReport& report);
ReceiverReport report_from_json(const Json& json);

// Says "ready", receives until all connections have ended, reports; the exit status.
int work_as_receiver();

}  // namespace faultlab::sink
