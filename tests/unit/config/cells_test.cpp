// Factors, levels, include and exclude.
#include "config/cells.hpp"

#include <gtest/gtest.h>

#include "fake_catalogue.hpp"

namespace faultlab::config {
namespace {

// The plain config with these members added.
std::string with_cells(std::string_view members) {
  return replaced(plain_config(), "\"dataset\"", std::string(members) + ",\n  \"dataset\"");
}

std::vector<std::string> labels(const ReadResult& result) {
  std::vector<std::string> all;
  for (const ResolvedCell& cell : result.experiment.cells) {
    std::string text;
    for (const auto& [factor, label] : cell.cell) text += (text.empty() ? "" : "/") + label;
    all.push_back(text);
  }
  return all;
}

constexpr std::string_view kTwoByTwo =
    R"("factors": {"workload.engine": ["pread", "anon"], "workload.threads": [1, 2]})";

TEST(Cells, TheFirstFactorVariesSlowest) {
  const ReadResult result = read(with_cells(kTwoByTwo));
  ASSERT_EQ(listing(result), "");
  EXPECT_EQ(labels(result), (std::vector<std::string>{"pread/1", "pread/2", "anon/1", "anon/2"}));
}

TEST(Cells, ExcludeDropsWhatMatchesAllOfAnEntry) {
  const ReadResult result = read(with_cells(
      std::string(kTwoByTwo) + R"(, "exclude": [{"workload.engine": "anon", "workload.threads": "2"}])"));
  ASSERT_EQ(listing(result), "");
  EXPECT_EQ(labels(result), (std::vector<std::string>{"pread/1", "pread/2", "anon/1"}));
}

TEST(Cells, IncludeKeepsWhatMatchesAndExcludeFollows) {
  const ReadResult result =
      read(with_cells(std::string(kTwoByTwo) + R"(, "include": [{"workload.engine": "anon"}],
  "exclude": [{"workload.threads": 1}])"));
  ASSERT_EQ(listing(result), "");
  EXPECT_EQ(labels(result), (std::vector<std::string>{"anon/2"}));
}

TEST(Cells, EmptyFiltersAndUnknownNames) {
  const ReadResult result = read(with_cells(std::string(kTwoByTwo) + R"(,
  "include": [{}],
  "exclude": [{"workload.engin": "anon"}, {"workload.engine": "anno"}, {"workload.engine": ["anon"]}])"));
  EXPECT_EQ(listing(result),
            "6:15 include[0]: an empty entry would include every cell\n"
            "7:16 exclude[0].workload.engin: unknown factor \"workload.engin\"; did you mean "
            "\"workload.engine\"? [names-exist]\n"
            "7:63 exclude[1].workload.engine: unknown level of \"workload.engine\" \"anno\"; did you mean "
            "\"anon\"? [names-exist]\n"
            "7:92 exclude[2].workload.engine: expected a level's label, got a list\n");
}

TEST(Cells, AProblemOfALevelIsShownAtItOnce) {
  const ReadResult result = read(with_cells(R"("factors": {
    "workload.engine": ["pread", "mmap_sharde"],
    "workload.threads": [1, 2, 3]})"));
  EXPECT_EQ(
      listing(result),
      "6:34 factors.workload.engine[1]: unknown engine \"mmap_sharde\"; did you mean \"mmap_shared\"?\n");
}

TEST(Cells, AProblemOfACombinationIsShownAtItsLevelAndNamesTheCell) {
  const ReadResult result = read(with_cells(R"("factors": {
    "workload.engine": ["pread", "mmap_shared"],
    "workload.advice": ["normal", "populate_read"],
    "workload.threads": [1, 2]})"));
  EXPECT_EQ(
      listing(result),
      "7:35 factors.workload.advice[1]: advice populate_read means nothing to engine pread; in cell "
      "workload.engine = \"pread\", workload.advice = \"populate_read\", workload.threads = \"1\" and 1 more "
      "[advice-belongs]\n");
}

TEST(Cells, OfManyWrongCellsASampleIsLookedAt) {
  std::string seeds = "0";
  for (int i = 1; i < 1000; ++i) seeds += ", " + std::to_string(i);
  const ReadResult result =
      read(with_cells("\"factors\": {\"dataset.seed\": [" + seeds + "], \"workload.work.passes\": [1]}"));
  ASSERT_EQ(result.problems.size(), 1U);
  EXPECT_NE(result.problems[0].what.find(" and at least 256 more [passes-cover]"), std::string::npos)
      << result.problems[0].what;
}

TEST(Cells, AnExcludedCombinationIsNoProblem) {
  EXPECT_EQ(listing(read(with_cells(R"("factors": {
    "workload.engine": ["pread", "mmap_shared"],
    "workload.advice": ["normal", "populate_read"]},
    "exclude": [{"workload.engine": "pread", "workload.advice": "populate_read"}])"))),
            "");
}

TEST(Cells, WrongFactors) {
  const ReadResult result = read(with_cells(R"("factors": {
    "workload.engin": ["pread"],
    "workload.threads": [],
    "workload.block": "4 KiB",
    "workload.order": [{"kind": "zipf"}],
    "start": [null],
    "mine": [{"label": "a", "set": {"workload.engin": "pread", "workload.block": 4096}}, {"label": "", "set": {}}]})"));
  EXPECT_EQ(listing(result),
            "6:5 factors.workload.engin: unknown config path \"workload.engin\"; did you mean "
            "\"workload.engine\"?\n"
            "7:25 factors.workload.threads: expected a list of levels, got an empty one\n"
            "8:23 factors.workload.block: expected a list of levels, got the text \"4 KiB\"\n"
            "9:24 factors.workload.order[0]: the required key \"label\" is missing\n"
            "9:24 factors.workload.order[0]: the required key \"set\" is missing\n"
            "9:25 factors.workload.order[0].kind: unknown key \"kind\" (in the level)\n"
            "10:15 factors.start[0]: expected a level, got null\n"
            "11:37 factors.mine[0].set.workload.engin: unknown config path \"workload.engin\"; did you mean "
            "\"workload.engine\"?\n"
            "11:82 factors.mine[0].set.workload.block: expected a size with its unit, got the number 4096\n"
            "11:100 factors.mine[1].label: expected a label: a text that is not empty, got the text \"\"\n");
}

TEST(Cells, DeeperPathsAreSetAfterShallowerOnes) {
  const ReadResult result = read(with_cells(R"("factors": {
    "workload.order.theta": [0.5],
    "workload.order": ["zipf"]})"));
  ASSERT_EQ(listing(result), "");
  EXPECT_EQ(result.experiment.cells[0].trial.workload.order.options.number("theta"), 0.5);
}

TEST(Cells, AMeasureOfWorkReplacesAnother) {
  const ReadResult result = read(with_cells(R"("factors": {"workload.work.accesses": [10, 20]})"));
  ASSERT_EQ(listing(result), "");
  EXPECT_EQ(std::get<Accesses>(result.experiment.cells[1].trial.workload.work).count, 20U);
}

TEST(Cells, LevelsCanAddAPressureAndAKnob) {
  const ReadResult result = read(with_cells(R"("factors": {
    "pressure.memcg_limit.limit": ["none", "64 MiB"],
    "knobs.swappiness": [0, 100]})"));
  ASSERT_EQ(listing(result), "");
  const Trial& trial = result.experiment.cells[3].trial;
  EXPECT_EQ(trial.pressures[0].options.bytes("limit"), Bytes(64 << 20));
  EXPECT_EQ(trial.knobs.at("swappiness"), "100");
}

TEST(Cells, LevelsCanBeMediaAndOptionsOfOne) {
  const ReadResult result = read(with_cells(R"("start": "warm", "factors": {
    "place": [{"label": "host", "set": {"dataset.medium": "host"}},
              {"label": "ram", "set": {"dataset.medium": {"kind": "ram", "size": "2 GiB"}}},
              {"label": "share", "set": {"dataset.medium": {"kind": "ram", "size": "200% of dataset"}}}]})"));
  ASSERT_EQ(listing(result), "");
  const auto medium = [&](std::size_t cell) { return result.experiment.cells[cell].trial.dataset.medium; };
  EXPECT_EQ(medium(0).kind, "host");
  EXPECT_EQ(medium(1).options.bytes("size"), Bytes(2ULL << 30));
  EXPECT_EQ(medium(1), medium(2));
  EXPECT_EQ(key_of(medium(1)), key_of(medium(2)));
  EXPECT_NE(key_of(medium(0)), key_of(medium(1)));
}

TEST(Cells, AccessAndCommandEnginesCanStandSideBySide) {
  std::string text = with_cells(R"("factors": {"how": [
    {"label": "pread", "set": {"workload.engine": "pread", "workload.order": "uniform", "workload.work": {"passes": 1}}},
    {"label": "cat", "set": {"workload.engine": "command", "workload.command": ["cat"]}}]})");
  text = replaced(text, R"("engine": "pread", "order": "uniform", "work": {"seconds": 2})",
                  R"("engine": "pread")");
  text = replaced(text, "\"uniform\", \"workload.work\"", "\"sequential\", \"workload.work\"");
  const ReadResult result = read(text);
  ASSERT_EQ(listing(result), "");
  EXPECT_EQ(result.experiment.cells[1].trial.workload.command, std::vector<std::string>{"cat"});
}

}  // namespace
}  // namespace faultlab::config
