// The parent's side of `calibrate`: guards, child, verdict.
#include "run/calibrate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "host/guardian.hpp"
#include "host/knobs.hpp"
#include "host/text.hpp"
#include "os/file.hpp"
#include "os/signal_gate.hpp"
#include "os/swap.hpp"
#include "probe/fault_rows.hpp"
#include "run/child_link.hpp"
#include "run/scenario_setting.hpp"

namespace faultlab::run {
namespace {

// Host-wide rows can be judged only where nobody else faults in the window; so a window in which others
// did is opened again, up to this often. The scenario's own counts have no part in that.
constexpr unsigned kWindows = 5;
// For a scenario on an emulated machine.
constexpr int kPatienceMs = 120'000;

class Calibrator {
 public:
  Calibrator(const CalibrationRequest& request, const KernelRules& rules,
             std::shared_ptr<host::Journal> journal, os::SignalGate& gate)
      : request_(request),
        rules_(rules),
        journal_(std::move(journal)),
        gate_(gate),
        home_(host::enter_cgroup_home(journal_)) {}
  ~Calibrator() { host::leave_cgroup_home(); }
  Calibrator(const Calibrator&) = delete;
  Calibrator& operator=(const Calibrator&) = delete;

  Calibrated run(const ScenarioSpec& spec);

 private:
  Result<ScenarioReport> window(const ScenarioSpec& spec);
  Result<ScenarioReport> await_report(ChildLink& link);
  bool disturbed(const Calibrated& calibrated) const;
  void judge(Calibrated& calibrated) const;

  const CalibrationRequest& request_;
  KernelRules rules_;
  std::shared_ptr<host::Journal> journal_;
  os::SignalGate& gate_;
  tl::expected<host::CgroupHome, host::Lack> home_;
  std::uint64_t serial_ = 0;
};

std::string top_memory_stat(std::string folder) {
  const auto above = [&] { return folder.substr(0, folder.rfind('/')); };
  while (os::exists(above() + "/memory.stat")) folder = above();
  return folder + "/memory.stat";
}

bool others_faulted(const ScenarioReport& report) {
  return std::any_of(report.counts.begin(), report.counts.end(), [](const Count& count) {
    return (count.source == kOthers || count.source == kOthersCharged) && count.value.present() &&
           count.value.integer() > 0;
  });
}

// A refusal, or the scenario's own word for what this host or this folder cannot do.
std::optional<host::Lack> lack_in(const Error& error) {
  if (error.code == EOPNOTSUPP) return host::Lack{error.what, error.remedy};
  if (error.code != EPERM && error.code != EACCES) return std::nullopt;
  return host::Lack{error.what, error.remedy.empty() ? "run as root" : error.remedy};
}

Calibrated Calibrator::run(const ScenarioSpec& spec) {
  Calibrated calibrated;
  calibrated.spec = &spec;
  for (const Need need : spec.row.needs) {
    if (auto lack = host::lacks(need)) calibrated.lacks.push_back(*std::move(lack));
  }
  if (!calibrated.lacks.empty()) {
    calibrated.outcome = ScenarioOutcome::impossible;
    return calibrated;
  }
  const ScenarioPlace place{request_.data, journal_};
  const auto knobs = set_scenario_knobs(spec, place);
  if (!knobs) {
    calibrated.outcome = ScenarioOutcome::impossible;
    calibrated.lacks.push_back({knobs.error().what, knobs.error().remedy});
    return calibrated;
  }
  const auto swap = enable_scenario_swap(spec, *request_.catalogue, request_.pages, place);
  if (!swap) {
    calibrated.outcome = ScenarioOutcome::impossible;
    calibrated.lacks.push_back({swap.error().what, swap.error().remedy});
    return calibrated;
  }
  do {
    ++calibrated.windows;
    auto report = window(spec);
    if (!report) {
      calibrated.why = report.error();
      if (const auto lack = lack_in(calibrated.why)) {
        calibrated.outcome = ScenarioOutcome::impossible;
        calibrated.lacks.push_back(*lack);
      }
      return calibrated;
    }
    calibrated.report = std::move(*report);
    judge(calibrated);
  } while (disturbed(calibrated) && calibrated.windows < kWindows && !gate_.raised());
  return calibrated;
}

// By others who were counted, or by some whom nobody counts: then host-wide rows alone are off.
bool Calibrator::disturbed(const Calibrated& calibrated) const {
  if (others_faulted(*calibrated.report)) return true;
  return request_.shift == 0 &&
         std::any_of(calibrated.rows.begin(), calibrated.rows.end(), [](const JudgedRow& row) {
           return (row.expected.host_wide || row.expected.disturbable) && row.verdict == Verdict::off;
         });
}

void Calibrator::judge(Calibrated& calibrated) const {
  calibrated.rows = reconcile(calibrated.report->forecast, rules_, calibrated.report->counts, request_.shift);
  calibrated.outcome = all_close(calibrated.rows) ? ScenarioOutcome::closes : ScenarioOutcome::off;
  if (calibrated.report->wrong.empty()) return;
  calibrated.outcome = ScenarioOutcome::invalid;
  calibrated.why.what = calibrated.report->wrong;
}

Result<ScenarioReport> Calibrator::window(const ScenarioSpec& spec) {
  ScenarioAssignment assignment{
      std::string(spec.row.name), {request_.data, request_.pages, ++serial_}, {}, {}, {}};
  std::unique_ptr<MemoryCgroup> cgroup;
  if (home_) {
    auto made = host::make_cgroup(*home_, fmt::format("scenario-{}", serial_), journal_);
    if (!made) return propagate(std::move(made));
    cgroup = std::move(*made);
    assignment.memory_stat = cgroup->path() + "/memory.stat";
    assignment.top_memory_stat = top_memory_stat(home_->path);
  } else {
    assignment.why_no_cgroup = fmt::format("{}; {}", home_.error().why, home_.error().remedy);
  }
  auto link = ChildLink::start(cgroup.get(), {}, "/dev/null", kScenarioWord, to_json(assignment));
  if (!link) return propagate(std::move(link));
  return await_report(*link);
}

Result<ScenarioReport> Calibrator::await_report(ChildLink& link) {
  const auto ready =
      os::wait_readable({&link.reports().fd(), &link.child().pidfd(), &gate_.fd()}, kPatienceMs);
  if (!ready) return Failure(ready.error());
  if (gate_.raised()) return fail("interrupted");
  if (*ready == 0) return fail(fmt::format("no answer within {} s", kPatienceMs / 1000));
  const auto line = link.reports().next();
  if (!line || !*line) {
    const auto exit = link.child().wait();
    if (!exit) return Failure(exit.error());
    return fail(exit->signalled ? fmt::format("its process was ended by signal {} ({})", exit->code,
                                              ::strsignal(exit->code))
                                : fmt::format("its process ended early with exit status {}", exit->code));
  }
  const Json message = Json::parse(**line);
  if (message.contains(kFailed)) {
    const Json& error = message[kFailed];
    return fail(error.at("what").get<std::string>(), error.at("remedy").get<std::string>(),
                error.at("code").get<int>());
  }
  if (auto exit = link.child().wait(); !exit) return propagate(std::move(exit));
  return scenario_report_from_json(message.at(kDone));
}

}  // namespace

std::string_view to_string(ScenarioOutcome outcome) {
  switch (outcome) {
    case ScenarioOutcome::closes:
      return "closes";
    case ScenarioOutcome::off:
      return "off";
    case ScenarioOutcome::invalid:
      return "invalid";
    case ScenarioOutcome::impossible:
      return "impossible";
    case ScenarioOutcome::failed:
      return "failed";
  }
  return "?";
}

Result<Calibration> calibrate(const CalibrationRequest& request,
                              const std::function<void(const Calibrated&)>& done) {
  auto gate = os::SignalGate::open();
  if (!gate) return propagate(std::move(gate));
  if (auto recovered = host::recover(host::journal_folder()); !recovered)
    return propagate(std::move(recovered));
  auto journal = host::Journal::open(host::journal_folder());
  if (!journal) return propagate(std::move(journal), "open the undo journal");
  const auto guardian = host::Guardian::start(host::journal_folder());
  if (!guardian) return Failure(guardian.error());
  if (auto made = os::make_folders(request.data); !made) return propagate(std::move(made));
  Calibration calibration;
  calibration.rules = {pgfault_counts_retries()};
  Calibrator calibrator(request, calibration.rules, *journal, *gate);
  for (const ScenarioSpec* spec : request.scenarios) {
    Calibrated calibrated = calibrator.run(*spec);
    if (gate->raised()) break;
    calibration.scenarios.push_back(std::move(calibrated));
    if (done) done(calibration.scenarios.back());
  }
  calibration.interrupted = gate->raised();
  return calibration;
}

}  // namespace faultlab::run
