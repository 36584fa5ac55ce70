// The flow of a run, every stage in order.
#include "run/run.hpp"

#include <fmt/format.h>

#include "host/emulation.hpp"
#include "host/facts.hpp"
#include "host/guardian.hpp"
#include "host/topology.hpp"
#include "os/file.hpp"
#include "os/file_limit.hpp"
#include "record/export.hpp"
#include "record/run_folder.hpp"
#include "run/agreement.hpp"
#include "run/manifest.hpp"
#include "run/media.hpp"
#include "run/preparation.hpp"
#include "run/supervisor.hpp"

namespace faultlab::run {
namespace {

// Leaves the cgroup home and this process's binding as they were found, on every way out.
class PlaceGuard {
 public:
  explicit PlaceGuard(const host::Topology& topology) : topology_(topology) {}
  PlaceGuard(const PlaceGuard&) = delete;
  PlaceGuard& operator=(const PlaceGuard&) = delete;
  ~PlaceGuard() {
    host::leave_cgroup_home();
    [[maybe_unused]] auto lifted = topology_.bind_worker(0, config::Binding::none);
  }

 private:
  const host::Topology& topology_;
};

void note(const Observer& observer, const std::string& sentence) {
  if (observer.note) observer.note(sentence);
}

Result<> recover_leftovers(const Observer& observer) {
  auto recovered = host::recover(host::journal_folder());
  if (!recovered) return propagate(std::move(recovered), "recover what an earlier run left");
  for (const auto& each : *recovered) note(observer, "recovered from an earlier run: " + each.what);
  return {};
}

// As its author wrote it; the manifest has it resolved.
Result<> keep_config(const config::Experiment& experiment, const record::RunFolder& folder) {
  if (experiment.written.empty()) return {};
  return os::replace_file(folder.path() + "/experiment.json", experiment.written);
}

Result<record::RunFolder> open_folder(const Request& request, const plan::Plan& plan, bool emulated) {
  if (!request.resume.empty()) return record::RunFolder::open(request.resume);
  record::Json manifest = describe(*request.experiment, plan);
  manifest["tool"] = host::tool_facts(request.source_root);
  manifest["emulated"] = emulated;
  manifest["unmet"] = record::Json::array();
  for (const Unmet& each : unmet_probes(*request.experiment, *request.catalogue)) {
    manifest["unmet"].push_back({{"what", each.what}, {"why", each.lack.why}, {"remedy", each.lack.remedy}});
  }
  manifest["facts_before"] = host::facts(request.data);
  auto folder = record::RunFolder::create(request.results, request.experiment->name, std::move(manifest));
  if (!folder) return folder;
  if (auto kept = keep_config(*request.experiment, *folder); !kept) return propagate(std::move(kept));
  return folder;
}

Result<> make_datasets(const Request& request, const Media& media, const Observer& observer) {
  for (const config::ResolvedCell& cell : request.experiment->cells) {
    const auto& trial = cell.trial;
    if (!find(request.catalogue->engines, trial.workload.engine.kind)->uses_dataset) continue;
    auto ensured = media.ensure(trial.dataset);
    if (!ensured) return propagate(std::move(ensured));
    if (!ensured->reused) note(observer, "made the dataset " + ensured->path);
  }
  return {};
}

// A background reclaimer can take a page between warming the file and looking at it. Nothing has been
// measured then, so the trial may be tried again without choosing among results.
constexpr int kStartAttempts = 4;

record::Record supervise_until_started(const Stage& stage, const config::Experiment& experiment,
                                       const plan::PlannedTrial& planned, const record::RunFolder& folder) {
  std::vector<std::string> missed;
  for (int attempt = 1;; ++attempt) {
    record::Record record = supervise(stage, experiment, planned, folder);
    const bool start_missed = record.start_verified == Value(std::int64_t{0});
    if (!start_missed || attempt == kStartAttempts) {
      record.warnings.insert(record.warnings.end(), missed.begin(), missed.end());
      return record;
    }
    missed.push_back(fmt::format("attempt {}: {}", attempt, record.reason));
  }
}

// With the trials of a run that goes on.
Result<Agreement> agreement_so_far(const config::Experiment& experiment, const plan::Plan& plan,
                                   const record::RunFolder& folder) {
  Agreement agreement(experiment);
  if (folder.finished().empty()) return agreement;
  const auto records = record::load_records(folder.path());
  if (!records) return Failure(records.error());
  for (const record::Json& record : *records) {
    const auto sequence = record.at("sequence").get<std::uint32_t>();
    if (sequence < plan.size()) agreement.recall(plan[sequence], record);
  }
  return agreement;
}

Result<> run_trials(const Stage& stage, const Request& request, const plan::Plan& plan,
                    record::RunFolder& folder, const Observer& observer, Summary& summary) {
  std::size_t finished = folder.finished().size();
  if (observer.begin) observer.begin(plan.size(), finished);
  auto agreement = agreement_so_far(*request.experiment, plan, folder);
  if (!agreement) return propagate(std::move(agreement));
  for (const plan::PlannedTrial& planned : plan) {
    if (folder.finished().contains(planned.sequence)) continue;
    if (stage.gate.raised()) break;
    if (auto watched = stage.guardian.renew(); !watched) return watched;
    record::Record record = supervise_until_started(stage, *request.experiment, planned, folder);
    agreement->judge(planned, record);
    if (auto appended = folder.append(record); !appended) return appended;
    if (record.outcome == record::Outcome::interrupted) break;
    ++(record.outcome == record::Outcome::ok ? summary.ok : summary.not_ok);
    if (observer.trial) observer.trial(record, ++finished, plan.size());
  }
  summary.interrupted = stage.gate.raised();
  return {};
}

Result<> finish(const Request& request, record::RunFolder& folder) {
  if (auto noted = folder.amend_manifest("facts_after", host::facts(request.data)); !noted) return noted;
  if (auto csv = record::export_csv(folder.path()); !csv) return csv;
  return record::export_benchmark(folder.path());
}

}  // namespace

Result<Summary> run(const Request& request, const Observer& observer) {
  auto gate = os::SignalGate::open();
  if (!gate) return propagate(std::move(gate));
  os::raise_file_limit();
  if (auto recovered = recover_leftovers(observer); !recovered) return propagate(std::move(recovered));
  auto journal = host::Journal::open(host::journal_folder());
  if (!journal) return propagate(std::move(journal), "open the undo journal");

  const Places places{request.data, request.source_root, request.bin};
  const plan::Plan plan =
      plan::make_plan(request.experiment->cells.size(), request.experiment->trials, request.experiment->seed);
  auto topology = host::Topology::load();
  if (!topology) return propagate(std::move(topology));
  const PlaceGuard place_guard(*topology);
  auto home = host::enter_cgroup_home(*journal);
  // Now: it shares our cgroup, which on v2 holds no other process while its memory controller is handed on.
  auto guardian = host::Guardian::start(host::journal_folder());
  if (!guardian) return propagate(std::move(guardian));
  const auto stopped = [&] { return Summary{.planned = plan.size(), .interrupted = true}; };
  auto media = Media::make(*request.experiment, *request.catalogue, request.data, *journal,
                           [&] { return gate->raised(); });
  if (!media) return gate->raised() ? stopped() : Result<Summary>(propagate(std::move(media)));
  Stage stage{*request.catalogue, *media,   *journal,
              std::move(home),    *gate,    *topology,
              request.data,       places,   host::background_reclaimer().value_or(""),
              host::emulated(),   *guardian};

  if (auto made = make_datasets(request, *media, observer); !made) {
    return gate->raised() ? stopped() : Result<Summary>(propagate(std::move(made)));
  }
  auto prepared = prepare_commands(*request.experiment, places, *gate, observer.note);
  if (!prepared) return gate->raised() ? stopped() : Result<Summary>(propagate(std::move(prepared)));
  auto folder = open_folder(request, plan, stage.emulated);
  if (!folder) return propagate(std::move(folder));
  if (auto kept = keep(*prepared, *folder); !kept) return propagate(std::move(kept));
  if (auto exported = topology->export_xml(folder->path() + "/topology.xml"); !exported) {
    return propagate(std::move(exported));
  }

  Summary summary{.folder = folder->path(), .planned = plan.size()};
  if (auto ran = run_trials(stage, request, plan, *folder, observer, summary); !ran)
    return propagate(std::move(ran));
  if (auto finished = finish(request, *folder); !finished) return propagate(std::move(finished));
  return summary;
}

}  // namespace faultlab::run
