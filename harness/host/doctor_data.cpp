// Checks of the folder for datasets and of the device below it.
#include <fmt/format.h>

#include <array>

#include "host/doctor_checks.hpp"
#include "host/facts.hpp"
#include "host/place.hpp"
#include "host/text.hpp"
#include "os/file.hpp"

namespace faultlab::host {
namespace {

constexpr auto kDataRemedy = "choose a data folder on a local disk (docs/setup.md#data-folder)";
constexpr Bytes kEnough{4ULL << 30};
constexpr std::uint64_t kUsualReadAheadKb = 128;  // VM_READAHEAD_PAGES, include/linux/mm.h

struct Kind {
  std::string_view type, finding;
};
constexpr auto kLimitedKinds = std::to_array<Kind>({
    {"tmpfs", "its pages are the file: nothing is read from a device, and reclaim needs swap"},
    {"ramfs", "its pages are the file and are never reclaimed"},
    {"overlay", "the device below is not visible, so its reads cannot be counted"},
    {"nfs", "reads go over the network"},
    {"nfs4", "reads go over the network"},
    {"cifs", "reads go over the network"},
    {"ceph", "reads go over the network"},
    {"9p", "reads go to the virtual machine's host"},
    {"virtiofs", "reads go to the virtual machine's host"},
    {"zfs", "it has a cache of its own beside the page cache"},
});

Result<std::uint64_t> queue_number(const Patient& patient, const std::string& name) {
  auto device = device_of(patient.data_folder, patient.root);
  if (!device) return propagate(std::move(device));
  const auto path = fmt::format("{}/sys/block/{}/queue/{}", patient.root, device->disk, name);
  auto text = os::read_text(path);
  if (!text) return propagate(std::move(text));
  const auto number = to_number(trim(*text));
  if (!number) return fail("read " + path + ": it is no number");
  return *number;
}

Check unknown(std::string name, const Error& error) {
  return limited(std::move(name), error.what, kDataRemedy);
}

}  // namespace

Check check_file_system(const Patient& patient) {
  const std::string name = "data folder";
  const auto place = place_of(patient.data_folder, patient.root);
  if (!place) return unknown(name, place.error());
  const auto& mount = place->mount;
  for (const auto& kind : kLimitedKinds) {
    if (mount.type == kind.type || (mount.type.starts_with("fuse") && kind.type == "9p")) {
      return limited(name, fmt::format("{} on {}: {}", place->path, mount.type, kind.finding), kDataRemedy);
    }
  }
  if (mount.read_only())
    return limited(name, fmt::format("{} is mounted read-only", mount.point), kDataRemedy);
  return ok(name, fmt::format("{} on {}, {}", place->path, mount.type, mount.source));
}

Check check_free_space(const Patient& patient) {
  const std::string name = "free space";
  const auto space =
      os::space_at(patient.root.empty() ? nearest_existing(patient.data_folder) : patient.root);
  if (!space) return unknown(name, space.error());
  const auto finding = fmt::format("{:.1f} GiB", static_cast<double>(space->free.value) / (1ULL << 30));
  if (space->free >= kEnough) return ok(name, finding);
  return limited(name, finding,
                 "free some, or choose another data folder: experiments ask for up to 4 GiB "
                 "(docs/setup.md#data-folder)");
}

Check check_read_ahead(const Patient& patient) {
  const std::string name = "read-ahead";
  const auto kb = queue_number(patient, "read_ahead_kb");
  if (!kb) return unknown(name, kb.error());
  if (*kb <= kUsualReadAheadKb) return ok(name, fmt::format("{} KiB", *kb));
  return limited(name,
                 fmt::format("{} KiB, {} times the usual: random reads of mapped files are amplified", *kb,
                             *kb / kUsualReadAheadKb),
                 "set the knob read_ahead_kb to 128 in the experiment, or use advice \"random\" "
                 "(docs/setup.md#knobs)");
}

Check check_rotational(const Patient& patient) {
  const std::string name = "device";
  const auto rotational = queue_number(patient, "rotational");
  if (!rotational) return unknown(name, rotational.error());
  if (*rotational == 0) return ok(name, "not rotational");
  // A virtual disk says 1 unless its host tells otherwise; swap read-ahead believes it (mm/swap_state.c).
  return limited(name, "calls itself rotational: a slow disk, or a virtual one that does not say",
                 "read device times with care; a virtual disk is told apart by its model in the record's "
                 "device facts (docs/setup.md#data-folder)");
}

}  // namespace faultlab::host
