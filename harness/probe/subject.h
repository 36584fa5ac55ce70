// What the BPF programs of the transfer probes and their readers share: plain C.
#pragma once

// Whose work is watched, and which file's pages are looked for: entry 0 of the map `subject`.
struct faultlab_subject {
  unsigned long long inode;
  unsigned int device;   // the kernel's own dev_t: major << 20 | minor
  unsigned int process;  // the trial's
};
