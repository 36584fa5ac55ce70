// A trial survives the pipe to the child.
#include <gtest/gtest.h>

#include "config/experiment.hpp"
#include "fake_catalogue.hpp"

namespace faultlab::config {
namespace {

TEST(Serialise, EveryTrialOfTheRichConfigComesBack) {
  const ReadResult result = read(rich_config());
  for (const ResolvedCell& cell : result.experiment.cells) {
    const std::string text = to_json(cell.trial).dump();
    EXPECT_EQ(trial_from_json(Json::parse(text)), cell.trial) << text;
  }
}

TEST(Serialise, EveryFieldComesBack) {
  Trial trial;
  trial.dataset = {Bytes(1ULL << 40), Bytes(4096), Content::half, {"ram", {}}, (1ULL << 53) - 1};
  trial.dataset.medium.options.set("size", std::uint64_t{1} << 41);
  trial.workload.engine.kind = "command";
  trial.workload.order.options.set("whole", 1.0);
  trial.workload.order.options.set("third", 1.0 / 3);
  trial.workload.order.options.set("count", std::uint64_t{1});
  trial.workload.order.options.set("limit", kNoLimit.value);
  trial.workload.order.options.set("word", std::string("none"));
  trial.workload.advice = Advice::populate_read;
  trial.workload.consume = Consume::copy;
  trial.workload.block = Bytes(8192);
  trial.workload.threads = 3;
  trial.workload.binding = Binding::none;
  trial.workload.command = {"a", "", "c d"};
  trial.workload.application = {{"x"},  {"make", "{data}"},    {"{data}/x", "/y"},
                                {"bc"}, CommandWindow::marked, ReportedChecksum::same};
  trial.workload.scenario = "anon_write";
  trial.start = Start::steady;
  trial.pressures = {{"memcg_limit", {}}};
  trial.swap.kind = "zram";
  trial.swap.options.set("size", std::uint64_t{1} << 30);
  trial.knobs = {{"thp", "never"}};
  trial.budget = {0.1, Bytes(7)};
  trial.probes = {"rusage"};
  trial.sample_every_seconds = 0.1;
  for (const Work& work : {Work(Seconds{0.1}), Work(Accesses{1}), Work(Passes{2})}) {
    trial.workload.work = work;
    EXPECT_EQ(trial_from_json(Json::parse(to_json(trial).dump())), trial);
  }
}

TEST(Serialise, NoLimitIsNoNumber) {
  Trial trial;
  Choice limit{"memcg_limit", {}};
  limit.options.set("limit", kNoLimit.value);
  trial.pressures = {limit};
  EXPECT_TRUE(to_json(trial)["pressures"][0]["options"]["limit"].is_null());
}

}  // namespace
}  // namespace faultlab::config
