// Provenance on captured trees: every value is read or says why not.
#include "host/facts.hpp"

#include <gtest/gtest.h>

#include "captured.hpp"

namespace faultlab::host {
namespace {

TEST(Facts, ReadsNumbersWordsAndChoices) {
  const CapturedTree tree("v1");
  const auto all = facts("/data disk", tree.root());
  EXPECT_EQ(all["vm"]["swappiness"], 60);
  EXPECT_EQ(all["kernel"]["release"], "4.19.0-27-amd64");
  EXPECT_EQ(all["memory"]["thp"], "always");
  EXPECT_EQ(all["memory"]["total_kib"], 16384000);
  EXPECT_EQ(all["memory"]["swap_areas"][0]["name"], "/dev/sda3");
  EXPECT_EQ(all["memory"]["swap_areas"][0]["size_kib"], 8388604);
  EXPECT_EQ(all["cpu"]["model"], "Example CPU @ 3.00GHz");
  EXPECT_EQ(all["cpu"]["virtualisation"], "none");
  EXPECT_EQ(all["device"]["disk"], "sda");
  EXPECT_EQ(all["device"]["scheduler"], "mq-deadline");
  EXPECT_EQ(all["file_system"]["type"], "xfs");
  EXPECT_EQ(all["cgroup"]["version"], 1);
  EXPECT_EQ(all["cgroup"]["limit"], "max");
  EXPECT_EQ(all["cgroup"]["hierarchical_limit"], 1073741824);
}

TEST(Facts, WhatCannotBeReadIsMissingWithAReason) {
  const CapturedTree tree("bare");
  const auto all = facts("/data", tree.root());
  for (const auto* path :
       {"/vm/swappiness", "/cpu/governor", "/cpu/mitigations", "/memory/mglru", "/memory/damon",
        "/memory/swap_areas", "/cgroup", "/device", "/load/psi_memory", "/load/available_kib"}) {
    const auto& value = all.at(Json::json_pointer(path));
    ASSERT_TRUE(value.is_object() && value.contains("missing")) << path << ": " << value;
    EXPECT_FALSE(value["missing"].get<std::string>().empty()) << path;
  }
}

TEST(Facts, HaveTheSameKeysOnEveryHost) {
  const auto a = facts("/data", CapturedTree("v1").root());
  const auto b = facts("/data", CapturedTree("bare").root());
  for (const auto* group : {"kernel", "cpu", "memory", "vm", "load"}) {
    for (const auto& [key, value] : a[group].items())
      EXPECT_TRUE(b[group].contains(key)) << group << "." << key;
  }
}

TEST(Facts, ReadsPressureAndV2Limits) {
  const auto all = facts("/data", CapturedTree("v2").root());
  EXPECT_EQ(all["load"]["psi_memory"]["some_avg10_percent"], 1.5);
  EXPECT_EQ(all["cgroup"]["limit"], "max");
  EXPECT_EQ(all["cgroup"]["usage_bytes"], 1048576);
}

TEST(Facts, AreUtf8WhateverTheFirmwareSays) {
  const CapturedTree tree("v1");
  tree.write("/proc/cmdline", "root=\xff\xfe\n");
  EXPECT_EQ(facts("/data", tree.root())["kernel"]["command_line"], "root=??");
}

TEST(BackgroundReclaimer, IsDamonWithAPageoutScheme) {
  const CapturedTree tree("hybrid");
  EXPECT_EQ(background_reclaimer(tree.root()), "kdamond.0 (DAMON, pageout)");
  EXPECT_EQ(facts("/", tree.root())["memory"]["damon"][0]["actions"][0], "pageout");
  tree.write("/sys/kernel/mm/damon/admin/kdamonds/0/state", "off\n");
  EXPECT_FALSE(background_reclaimer(tree.root()));
  tree.write("/sys/module/damon_reclaim/parameters/enabled", "Y\n");
  EXPECT_EQ(background_reclaimer(tree.root()), "damon_reclaim");
}

TEST(ToolFacts, NameTheBuildAndTheBytes) {
  const TemporaryFolder no_git;
  const auto all = tool_facts(no_git.path());
  EXPECT_TRUE(all["version"].is_string());
  EXPECT_TRUE(all["git"].contains("missing"));
  EXPECT_EQ(all["binary_hash"].get<std::string>().rfind("fnv1a64:", 0), 0U);
}

}  // namespace
}  // namespace faultlab::host
