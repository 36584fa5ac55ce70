// The order in which workers take processing units, on described machines.
#include "host/topology.hpp"

#include <gtest/gtest.h>
#include <sched.h>

#include <thread>
#include <vector>

#include "captured.hpp"

namespace faultlab::host {
namespace {

using config::Binding;

std::vector<unsigned> first(const Topology& topology, unsigned count, Binding binding) {
  std::vector<unsigned> units;
  for (unsigned i = 0; i < count; ++i) units.push_back(topology.unit_of_worker(i, binding));
  return units;
}

// Two packages of two cores of two threads; units are numbered 0 1 | 2 3 || 4 5 | 6 7.
constexpr auto kTwoPackages = "pack:2 core:2 pu:2";

TEST(Topology, CompactFillsCoresBeforeSecondThreads) {
  const auto topology = *Topology::load(kTwoPackages);
  EXPECT_EQ(topology.cores(), 4U);
  EXPECT_EQ(topology.processing_units(), 8U);
  EXPECT_EQ(first(topology, 9, Binding::compact), (std::vector<unsigned>{0, 2, 4, 6, 1, 3, 5, 7, 0}));
}

TEST(Topology, AProcessStartsWhereItsFirstWorkerWillBe) {
  const auto topology = *Topology::load(kTwoPackages);
  EXPECT_EQ(topology.unit_of_process(1, Binding::compact), 2U);
  EXPECT_EQ(topology.unit_of_process(1, Binding::scatter), 4U);
  EXPECT_FALSE(topology.unit_of_process(1, Binding::none));
}

TEST(Topology, ScatterAlternatesBetweenPackages) {
  const auto topology = *Topology::load(kTwoPackages);
  EXPECT_EQ(first(topology, 8, Binding::scatter), (std::vector<unsigned>{0, 4, 2, 6, 1, 5, 3, 7}));
}

TEST(Topology, ScatterAlternatesBetweenNodesOfOnePackage) {
  const auto topology = *Topology::load("pack:1 [numa(memory=1GB)] group:2 [numa(memory=1GB)] core:2 pu:1");
  const auto units = first(topology, 2, Binding::scatter);
  EXPECT_NE(units[0] / 2, units[1] / 2);
}

TEST(Topology, TheObserverPrefersACoreOfItsOwn) {
  const auto topology = *Topology::load(kTwoPackages);
  EXPECT_EQ(topology.unit_of_observer(1, Binding::compact), 7U);
  EXPECT_EQ(topology.unit_of_observer(3, Binding::compact), 7U);
  const auto shared = topology.unit_of_observer(4, Binding::compact);
  ASSERT_TRUE(shared);
  EXPECT_EQ(*shared % 2, 1U) << "every core is taken: a second thread";
  EXPECT_FALSE(topology.unit_of_observer(8, Binding::compact));
}

TEST(Topology, BindsThisMachinesThreads) {
  const auto topology = Topology::load();
  ASSERT_TRUE(topology) << topology.error().what;
  std::thread([&] {
    for (unsigned i = 0; i < topology->processing_units(); ++i) {
      const auto unit = topology->bind_worker(i, Binding::compact);
      ASSERT_TRUE(unit) << unit.error().what;
      EXPECT_EQ(static_cast<unsigned>(::sched_getcpu()), *unit);
    }
    ASSERT_TRUE(topology->bind_worker(0, Binding::none));
    cpu_set_t allowed;
    CPU_ZERO(&allowed);
    ASSERT_EQ(::sched_getaffinity(0, sizeof allowed, &allowed), 0);
    EXPECT_EQ(static_cast<unsigned>(CPU_COUNT(&allowed)), topology->processing_units());
  }).join();
}

TEST(Topology, TheObserverSaysWhyItIsNotBound) {
  const auto topology = Topology::load();
  ASSERT_TRUE(topology);
  const auto none = topology->bind_observer(1, Binding::none);
  const auto full = topology->bind_observer(topology->processing_units(), Binding::compact);
  ASSERT_FALSE(none);
  ASSERT_FALSE(full);
  EXPECT_FALSE(none.error().remedy.empty());
  EXPECT_FALSE(full.error().remedy.empty());
}

TEST(Topology, IsExportedAsXml) {
  const TemporaryFolder folder;
  const auto path = folder.path() + "/topology.xml";
  ASSERT_TRUE(Topology::load()->export_xml(path));
  EXPECT_NE(read_whole(path).find("<topology"), std::string::npos);
}

TEST(Topology, ABadDescriptionIsAnError) { EXPECT_FALSE(Topology::load("pack:two")); }

}  // namespace
}  // namespace faultlab::host
