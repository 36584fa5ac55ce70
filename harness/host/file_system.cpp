// mkfs, run as a child.
#include "host/file_system.hpp"

#include <fmt/format.h>

#include <vector>

#include "host/text.hpp"
#include "os/command.hpp"

namespace faultlab::host {
namespace {

// Discarding would punch the blocks out of a loop device's file, so that writing could run out of space
// later.
std::vector<std::string> options_of(const std::string& type) {
  if (type == "xfs") return {"-q", "-f", "-K"};
  return {"-q", "-F",
          "-b", "4096",
          "-m", "0",
          "-O", "^resize_inode",
          "-E", "lazy_itable_init=0,lazy_journal_init=0,nodiscard"};
}

}  // namespace

Result<> make_file_system(const std::string& device, const FileSystem& type) {
  const std::string task = fmt::format("make {} on {}", type.name, device);
  const std::string tool = os::find_tool("mkfs." + type.name);
  if (tool.empty())
    return fail(task + ": mkfs." + type.name + " is not installed", "see docs/setup.md#media");
  std::vector<std::string> command = options_of(type.name);
  command.insert(command.begin(), tool);
  command.push_back(device);
  auto made = os::run_tool(command);
  if (!made) return propagate(std::move(made), task);
  if (made->status == 0) return {};
  return fail(fmt::format("{}: {} ended with {}: {}", task, tool, made->status, trim(made->output)),
              "choose a larger size for dataset.medium");
}

}  // namespace faultlab::host
