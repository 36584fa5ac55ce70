// Is this CPU emulated in software? Then every time is missing: it would be the emulator's.
#pragma once

namespace faultlab::host {

// True under QEMU's TCG, which says so in the hypervisor leaf of CPUID
// (qemu: target/i386/cpu.c, "TCGTCGTCGTCG"). False on other architectures: nothing can be asked there.
bool emulated();

}  // namespace faultlab::host
