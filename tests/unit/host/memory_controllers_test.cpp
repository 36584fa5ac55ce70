// What a server and a desktop say of their memory controllers, and what a virtual machine does not.
#include "host/memory_controllers.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "support/temporary_folder.hpp"

namespace faultlab::host {
namespace {

class MemoryControllers : public ::testing::Test {
 protected:
  void write(const std::string& device, const std::string& path, const std::string& text) {
    const std::filesystem::path whole = root_.path() + "/sys/bus/event_source/devices/" + device + "/" + path;
    std::filesystem::create_directories(whole.parent_path());
    std::ofstream(whole) << text << "\n";
  }
  void describe(const std::string& device, const std::string& event, const std::string& config) {
    write(device, "events/" + event, config);
    write(device, "events/" + event + ".scale", "6.103515625e-5");
    write(device, "events/" + event + ".unit", "MiB");
  }
  void controller(const std::string& device, const std::string& type, const std::string& reads,
                  const std::string& writes) {
    write(device, "type", type);
    write(device, "cpumask", "0,18");
    write(device, "format/event", "config:0-7");
    write(device, "format/umask", "config:8-15");
    describe(device, reads, "event=0x04,umask=0x03");
    describe(device, writes, "event=0x04,umask=0x0c");
  }
  testing::TemporaryFolder root_;
};

TEST_F(MemoryControllers, EachCountsBothDirectionsOnEachSocket) {
  controller("uncore_imc_0", "13", "cas_count_read", "cas_count_write");
  controller("uncore_imc_1", "14", "cas_count_read", "cas_count_write");
  write("uncore_cha_0", "type", "20");
  const auto events = memory_controller_events(root_.path());
  ASSERT_TRUE(events) << events.error().what;
  ASSERT_EQ(events->size(), 4U);
  EXPECT_EQ((*events)[0].name, "uncore_imc_0/cas_count_read/");
  EXPECT_EQ((*events)[0].type, 13U);
  EXPECT_EQ((*events)[0].config, 0x0304U);
  EXPECT_EQ((*events)[0].cpus, (std::vector<int>{0, 18}));
  EXPECT_NEAR((*events)[0].bytes_each, 64, 1e-6) << "a line of the cache";
  EXPECT_FALSE((*events)[0].writes);
  EXPECT_EQ((*events)[3].config, 0x0c04U);
  EXPECT_TRUE((*events)[3].writes);
}

TEST_F(MemoryControllers, WhatCountsTheSameUnderAnotherNameIsLeftOut) {
  controller("uncore_imc_0", "13", "cas_count_read", "cas_count_write");
  controller("uncore_imc_free_running_0", "15", "data_read", "data_write");
  const auto events = memory_controller_events(root_.path());
  ASSERT_TRUE(events) << events.error().what;
  EXPECT_EQ(events->size(), 2U);
}

TEST_F(MemoryControllers, OneThatIsDescribedOtherwiseIsAnErrorAndNotANumber) {
  controller("uncore_imc_0", "13", "cas_count_read", "cas_count_write");
  write("uncore_imc_0", "format/umask", "config1:0-7");
  const auto events = memory_controller_events(root_.path());
  ASSERT_FALSE(events);
  EXPECT_NE(events.error().what.find("config1:0-7"), std::string::npos) << events.error().what;
}

TEST_F(MemoryControllers, AHostWithoutThemSaysSo) {
  write("software", "type", "1");
  const auto events = memory_controller_events(root_.path());
  ASSERT_FALSE(events);
  EXPECT_NE(events.error().what.find("uncore_imc"), std::string::npos);
}

}  // namespace
}  // namespace faultlab::host
