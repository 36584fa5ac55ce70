// The child: its conversation with the parent about one trial.
#include "run/worker.hpp"

#include <signal.h>
#include <sys/mman.h>

#include <optional>
#include <utility>

#include "os/bus_error.hpp"
#include "os/line_channel.hpp"
#include "os/mapping.hpp"
#include "record/record.hpp"
#include "run/child_trial.hpp"
#include "run/protocol.hpp"

namespace faultlab::run {
namespace {

// One line to the parent: {key: value}.
Result<> report(os::LineWriter& reports, const char* key, Json value) {
  return reports.send(Json{{key, std::move(value)}}.dump());
}

Result<> report_failure(os::LineWriter& reports, const Error& error,
                        std::optional<int> signal = std::nullopt) {
  Json failure = {{"what", error.what}, {"remedy", error.remedy}};
  if (signal) failure["signal"] = *signal;
  return report(reports, kFailed, std::move(failure));
}

Result<> converse(os::LineReader& orders, os::LineWriter& reports, ChildTrial& trial) {
  auto ready = trial.prepare();
  if (!ready) return report_failure(reports, ready.error());
  if (auto sent = report(reports, kReady, std::move(*ready)); !sent) return sent;
  if (trial.launches_first()) {
    if (const auto word = orders.next(); !word || *word != kLaunch) return {};
    if (auto launched = trial.launch(); !launched) {
      return report_failure(reports, launched.error(), trial.ended_by_signal());
    }
    if (auto sent = report(reports, kLaunched, Json()); !sent) return sent;
  }
  if (const auto word = orders.next(); !word || *word != kGo) return {};

  auto window = trial.work();
  if (!window) return report_failure(reports, window.error(), trial.ended_by_signal());
  if (auto sent = report(reports, kClosed, trial.shift() ? to_json(*trial.shift()) : Json()); !sent)
    return sent;
  if (const auto word = orders.next(); !word || *word != kVerify) return {};

  if (auto left = trial.leave(); !left) return report_failure(reports, left.error(), trial.ended_by_signal());
  if (const auto wrong = trial.verify()) {
    if (auto sent = report(reports, kInvalid, *wrong); !sent) return sent;
  }
  if (const auto latency = trial.latency()) {
    if (auto sent = report(reports, kLatency, record::to_json(*latency)); !sent) return sent;
  }
  if (const auto work = trial.thread_work()) {
    if (auto sent = report(reports, kWork, *work); !sent) return sent;
  }
  record::Record carrier;
  carrier.readings = trial.readings(*window);
  return report(reports, kDone, record::to_json(carrier).at("readings"));
}

}  // namespace

int work_as_child(const Catalogue& catalogue) {
  ::signal(SIGPIPE, SIG_IGN);
  os::LineReader orders{os::Fd(kOrdersFd)};
  os::LineWriter reports{os::Fd(kReportsFd)};
  const os::Fd progress_fd(kProgressFd);
  auto mapping =
      os::Mapping::of_file(progress_fd, Bytes(sizeof(ProgressPage)), PROT_READ | PROT_WRITE, MAP_SHARED);
  if (!mapping) return report_failure(reports, mapping.error()) ? 0 : 1;
  const auto first = orders.next();
  if (!first || !*first) return 1;
  ChildTrial trial(catalogue, assignment_from_json(Json::parse(**first)),
                   reinterpret_cast<ProgressPage*>(mapping->data()));
  auto caught = os::on_bus_error(
      [](void* context, std::uintptr_t address) {
        static_cast<ChildTrial*>(context)->note_unreadable(address);
      },
      &trial);
  if (!caught) return report_failure(reports, caught.error()) ? 0 : 1;
  return converse(orders, reports, trial) ? 0 : 1;
}

}  // namespace faultlab::run
