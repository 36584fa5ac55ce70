// Whether this is a machine, a guest, or an emulation whose times mean nothing.
#pragma once

#include <string>

namespace faultlab::host {

struct Virtualisation {
  std::string kind;  // "none", or the hypervisor's signature ("KVMKVMKVM"), or "unknown hypervisor"
  // An emulated processor (QEMU's TCG): every time measured on it is missing, for this reason.
  bool emulated = false;
};

// From the cpuid instruction on a live x86 host; elsewhere, and on captured trees, from
// /proc/cpuinfo, /sys/hypervisor and the firmware's product name.
Virtualisation virtualisation(const std::string& root = "");

}  // namespace faultlab::host
