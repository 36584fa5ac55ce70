// Zram devices by /sys/class/zram-control and /sys/block/zramN.
#include <fmt/format.h>

#include <cerrno>
#include <chrono>
#include <thread>

#include "host/block_device.hpp"
#include "host/text.hpp"
#include "os/file.hpp"

namespace faultlab::host {
namespace {

constexpr const char* kControl = "/sys/class/zram-control/";
constexpr const char* kZramRemedy = "run as root on a kernel with CONFIG_ZRAM (docs/setup.md#swap)";

// A file system that was on it may take a moment to end, and udev to look at it.
constexpr int kRemovals = 25;
constexpr auto kZramPause = std::chrono::milliseconds(20);

std::string folder_of(unsigned number) { return fmt::format("/sys/block/zram{}", number); }

// The kernel gives out the lowest number that is free (drivers/block/zram: idr_alloc).
unsigned next_number() {
  unsigned number = 0;
  while (os::exists(folder_of(number))) ++number;
  return number;
}

std::string sequence_of(unsigned number) {
  const auto text = os::read_text(folder_of(number) + "/diskseq");
  return text ? std::string(trim(*text)) : std::string();
}

Result<> set(unsigned number, const char* file, const std::string& value) {
  return os::write_kernel_file(fmt::format("{}/{}", folder_of(number), file), value);
}

}  // namespace

Result<ZramDevice> ZramDevice::add(Bytes size, const std::string& algorithm,
                                   std::shared_ptr<Journal> journal) {
  const std::string task = "add a zram device";
  // Reading the control file makes the device: its number is known only then, so it is foretold for the
  // journal, and noted once more as soon as it can be told from any other.
  auto foretold = Change::note(journal, RemoveZram{next_number(), {}});
  if (!foretold) return propagate(std::move(foretold), task);
  const auto added = os::read_text(fmt::format("{}hot_add", kControl));
  if (!added) return fail(task + ": " + added.error().what, kZramRemedy, added.error().code);
  const auto read = to_number(trim(*added));
  if (!read) return fail(fmt::format("{}: hot_add says {}", task, trim(*added)));
  const auto number = static_cast<unsigned>(*read);
  auto change = Change::note(std::move(journal), RemoveZram{number, sequence_of(number)});
  if (!change) {
    static_cast<void>(remove_zram(number, {}));
    return propagate(std::move(change), task);
  }
  if (!algorithm.empty()) {
    if (auto chosen = set(number, "comp_algorithm", algorithm); !chosen) {
      const auto known = os::read_text(folder_of(number) + "/comp_algorithm");
      return fail(fmt::format("{}: {}", task, chosen.error().what),
                  "choose one of: " + (known ? std::string(trim(*known)) : std::string("none")),
                  chosen.error().code);
    }
  }
  const auto in_use = os::read_text(folder_of(number) + "/comp_algorithm");
  if (auto sized = set(number, "disksize", std::to_string(size.value)); !sized) {
    return propagate(std::move(sized), task);
  }
  return ZramDevice(std::move(*change), fmt::format("/dev/zram{}", number),
                    in_use ? chosen(*in_use) : std::string());
}

Result<> remove_zram(unsigned number, const std::string& sequence) {
  const std::string folder = folder_of(number);
  if (!os::exists(folder)) return {};
  if (sequence.empty()) {
    const auto state = os::read_text(folder + "/initstate");
    if (!state || trim(*state) != "0") return {};
  } else if (sequence_of(number) != sequence) {
    return {};
  }
  for (int attempt = 1;; ++attempt) {
    auto removed = os::write_kernel_file(fmt::format("{}hot_remove", kControl), std::to_string(number));
    if (removed || removed.error().code != EBUSY) return removed;
    if (attempt < kRemovals) {
      std::this_thread::sleep_for(kZramPause);
      continue;
    }
    removed.error().remedy = "end what uses /dev/zram" + std::to_string(number);
    return removed;
  }
}

}  // namespace faultlab::host
