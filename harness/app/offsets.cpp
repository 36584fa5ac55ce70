// The command `offsets`: a trial's accesses again, from the code and the seed that made them.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "app/commands.hpp"
#include "app/config_file.hpp"
#include "app/terminal.hpp"
#include "catalogue/tables.hpp"
#include "record/run_folder.hpp"
#include "run/worker_order.hpp"

namespace faultlab::app {
namespace {

using record::Json;

// The record of one trial. A resumed run writes an interrupted trial again: the last one counts.
Result<Json> record_of(const std::string& run, std::uint32_t sequence) {
  auto records = record::load_records(run);
  if (!records) return propagate(std::move(records));
  const auto at = std::find_if(records->rbegin(), records->rend(),
                               [&](const Json& each) { return each.at("sequence") == sequence; });
  if (at != records->rend()) return std::move(*at);
  return fail(fmt::format("{} has no trial of sequence {}", run, sequence),
              "choose one of the column sequence of its trials.csv");
}

// What the worker did, as the record has it: {accesses, checksum}.
Result<Json> work_of(const Json& record, unsigned worker) {
  const Json none = {{"missing", "its faultlab did not record what each thread did"}};
  const Json work = record.value("work", none);
  if (!work.is_array()) {
    return fail("which accesses the trial made is not known: " + work.at("missing").get<std::string>(),
                "run the experiment again, and choose a trial whose outcome is ok");
  }
  if (worker < work.size()) return work[worker];
  return fail(fmt::format("the trial had no worker {}", worker),
              fmt::format("its workers are 0 to {}", work.size() - 1));
}

const config::Trial* trial_of(const config::Experiment& experiment, const Json& cell) {
  for (const config::ResolvedCell& each : experiment.cells) {
    const bool same = std::all_of(each.cell.begin(), each.cell.end(), [&](const auto& level) {
      return cell.value(level.first, "") == level.second;
    });
    if (same) return &each.trial;
  }
  return nullptr;
}

// Block numbers with `separator` between them.
void print_blocks(Order& order, Bytes block, std::uint64_t accesses, std::string_view separator) {
  std::array<std::uint64_t, 1024> offsets{};
  fmt::memory_buffer text;
  for (std::uint64_t done = 0; done < accesses;) {
    const std::span batch(offsets.data(), std::min<std::uint64_t>(offsets.size(), accesses - done));
    order.fill(batch);
    text.clear();
    for (const std::uint64_t offset : batch) {
      if (done++ > 0) text.append(separator);
      fmt::format_to(std::back_inserter(text), "{}", offset / block.value);
    }
    fmt::print("{}", std::string_view(text.data(), text.size()));
  }
}

void print_work(const Common& common, const config::Trial& trial, Order& order, const Json& work) {
  const Bytes block = trial.workload.block;
  const auto accesses = work.at("accesses").get<std::uint64_t>();
  if (!common.json) {
    print_blocks(order, block, accesses, "\n");
    fmt::print("{}", accesses > 0 ? "\n" : "");
    return;
  }
  fmt::print("{{\"block_bytes\": {}, \"dataset_blocks\": {}, \"checksum\": {}, \"blocks\": [", block.value,
             trial.dataset.size.value / block.value, work.at("checksum").dump());
  print_blocks(order, block, accesses, ",");
  fmt::print("]}}\n");
}

}  // namespace

ExitCode print_offsets(const Common& common, const OffsetsOptions& options) {
  const auto experiment = read_run(options.run);
  if (!experiment) return ExitCode::usage;
  const auto record = record_of(options.run, options.sequence);
  const auto work = record ? work_of(*record, options.worker) : Result<Json>(Failure(record.error()));
  if (!work) {
    print_error(work.error());
    return ExitCode::usage;
  }
  const config::Trial* trial = trial_of(*experiment, record->at("cell"));
  if (trial == nullptr) {
    print_error("the trial's cell is not one of its manifest", "restore the manifest from a copy");
    return ExitCode::usage;
  }
  const OrderSpec* spec = find(full_catalogue().orders, trial->workload.order.kind);
  const auto order = run::order_of(*spec, *trial, record->at("seed").get<std::uint64_t>(), options.worker);
  print_work(common, *trial, *order, *work);
  return ExitCode::ok;
}

}  // namespace faultlab::app
