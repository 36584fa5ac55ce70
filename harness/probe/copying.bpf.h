// What the BPF program of the probe `copy_functions` and its reader share: plain C.
#pragma once

// Entry 0 of the map `copied`: what the functions in which the kernel copies returned.
struct faultlab_copied {
  unsigned long long out_bytes;     // out of pages, into memory that a call named
  unsigned long long in_bytes;      // the other way
  unsigned long long looped_bytes;  // of the file's own pages in a packet, before it was looped back
};
