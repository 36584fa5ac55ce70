// What the BPF program of the probe `wire_ownership` and its reader share: plain C.
#pragma once

// The kernel's numbers for the calls that read a file into user memory.
enum { FAULTLAB_READ_CALLS = 5 };

// Which system calls read.
struct faultlab_wire_reads {
  unsigned int direct_flag;  // O_DIRECT, whose reads copy nothing
  unsigned int calls[FAULTLAB_READ_CALLS];
};

// One socket, keyed by its address; it is ours or it is not known to be.
struct faultlab_wire_socket {
  unsigned long long source_bytes;  // payload in pages of the file
  unsigned long long other_bytes;   // payload elsewhere
  unsigned long long header_bytes;
  unsigned long long again_bytes;   // payload that was sent before
  unsigned int next_sequence;       // TCP's, of the first byte that has not been sent yet
  unsigned int begun;               // is next_sequence known?
  unsigned int ours;
  unsigned int unused;
};

// Of all sockets and threads.
struct faultlab_wire_totals {
  unsigned long long buffered_read_bytes;
  unsigned long long lost;  // packets that found no room in the table of sockets
};
