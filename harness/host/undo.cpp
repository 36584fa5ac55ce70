// One change, taken back.
#include "host/undo.hpp"

#include <cerrno>

#include "host/block_device.hpp"
#include "host/cgroup_removal.hpp"
#include "host/identity.hpp"
#include "host/mount.hpp"
#include "os/file.hpp"
#include "os/swap.hpp"

namespace faultlab::host {
namespace {

struct TakeBack {
  Result<> operator()(const RemoveCgroup& undo) const { return remove_cgroup(undo.path); }
  Result<> operator()(const WriteBack& undo) const {
    auto wrote = os::write_kernel_file(undo.path, undo.text);
    // The device or cgroup behind the setting is gone, and the setting with it.
    if (!wrote && wrote.error().code == ENOENT) return {};
    return wrote;
  }
  Result<> operator()(const RemoveFile& undo) const { return os::remove_file(undo.path); }
  Result<> operator()(const KillProcess& undo) const { return kill_process(undo.pid, undo.start_ticks); }
  Result<> operator()(const SwapOff& undo) const { return os::swap_off(undo.path); }
  Result<> operator()(const RemoveZram& undo) const { return remove_zram(undo.number, undo.sequence); }
  Result<> operator()(const DetachLoop& undo) const { return detach_loop(undo.number, undo.path); }
  Result<> operator()(const Unmount& undo) const { return remove_mount(undo.path, undo.source); }
  Result<> operator()(const RemoveFolder& undo) const { return os::remove_folder(undo.path); }
};

struct Describe {
  std::string operator()(const RemoveCgroup& undo) const { return "removed cgroup " + undo.path; }
  std::string operator()(const WriteBack& undo) const {
    return "wrote " + undo.text + " back to " + undo.path;
  }
  std::string operator()(const RemoveFile& undo) const { return "removed file " + undo.path; }
  std::string operator()(const KillProcess& undo) const {
    return "ended process " + std::to_string(undo.pid);
  }
  std::string operator()(const SwapOff& undo) const { return "switched off the swap area " + undo.path; }
  std::string operator()(const RemoveZram& undo) const {
    return "removed /dev/zram" + std::to_string(undo.number);
  }
  std::string operator()(const DetachLoop& undo) const {
    return "detached /dev/loop" + std::to_string(undo.number) + " from " + undo.path;
  }
  std::string operator()(const Unmount& undo) const { return "unmounted " + undo.path; }
  std::string operator()(const RemoveFolder& undo) const { return "removed folder " + undo.path; }
};

}  // namespace

Result<> take_back(const Undo& undo) { return std::visit(TakeBack{}, undo); }

std::string describe(const Undo& undo) { return std::visit(Describe{}, undo); }

}  // namespace faultlab::host
