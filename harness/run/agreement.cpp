// Agreement of reported checksums.
#include "run/agreement.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "run/places.hpp"

namespace faultlab::run {
namespace {

// Of the one entry that a command's work has; empty: none was reported.
std::string checksum_in(const record::Json& work) {
  if (!work.is_array() || work.empty()) return {};
  const auto& checksum = work.front().at("checksum");
  return checksum.is_string() ? checksum.get<std::string>() : std::string();
}

}  // namespace

bool Agreement::asked(const plan::PlannedTrial& planned) const {
  const auto& application = experiment_.cells[planned.cell].trial.workload.application;
  return application.checksum == config::ReportedChecksum::same;
}

std::string Agreement::key_of(const plan::PlannedTrial& planned) const {
  const auto& workload = experiment_.cells[planned.cell].trial.workload;
  const std::string seed = takes_seed(words_of(workload)) ? std::to_string(planned.seed) : std::string();
  return fmt::format("{}\n{}", seed, fmt::join(workload.application.arguments, "\n"));
}

void Agreement::recall(const plan::PlannedTrial& planned, const record::Json& record) {
  if (!asked(planned) || record.at("outcome") != record::to_string(record::Outcome::ok)) return;
  firsts_.emplace(key_of(planned), First{checksum_in(record.at("work")), planned.sequence});
}

void Agreement::judge(const plan::PlannedTrial& planned, record::Record& record) {
  if (!asked(planned) || record.outcome != record::Outcome::ok) return;
  const std::string checksum = checksum_in(record.work);
  if (checksum.empty()) {
    record.outcome = record::Outcome::invalid;
    record.reason = "workload.checksum is same, but the program reported no checksum";
    return;
  }
  const auto& first = firsts_.emplace(key_of(planned), First{checksum, planned.sequence}).first->second;
  if (first.checksum == checksum) return;
  record.outcome = record::Outcome::invalid;
  record.reason =
      fmt::format("the program reported checksum {}, and {} in the trial of sequence {}: not the same work",
                  checksum, first.checksum, first.sequence);
}

}  // namespace faultlab::run
