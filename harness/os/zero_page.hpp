// Whether loads from untouched private memory share a page of zeros, as Documentation/admin-guide/mm says.
#pragma once

namespace faultlab::os {

// False where a load gets a page of its own, writable at once: on s390x under KVM (mm_forbids_zeropage), and
// on kernels that have been taught to do without. Tried out, once a process: nothing under /sys or /proc
// tells.
bool loads_share_zero_page();

}  // namespace faultlab::os
