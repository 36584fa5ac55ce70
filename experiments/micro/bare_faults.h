// Page faults as classic tools and careful programmers time them: C, and nothing of the harness.
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Of one pass over the pages.
struct bare_account {
  uint64_t events;    // touches, or signals
  uint64_t ns;        // of the touches alone
  uint64_t tool_ns;   // what the classic tool would take for the time of all events; 0: there is no such tool
  uint64_t first_ns;  // the same, of the pass before that one; 0: the tool has none
  int64_t minor;      // getrusage(2) around the touches: nobody asks it in the classic tools
  int64_t major;
  int64_t cpu_ns;  // of the touches, by the same call
};

// One pass over `pages` pages of 4 KiB; files lie in `folder`, without a name. Null, or the call that failed,
// with errno.
typedef const char *bare_loop(uint64_t pages, const char *folder, struct bare_account *account);

// will-it-scale's page_fault1: mmap(2), a write to each page, munmap(2). `tool_ns` has all three.
bare_loop bare_anon_write;
// The same over a file in memory in folios of one page, on the disk: private, shared; and read.
bare_loop bare_file_private_write;
bare_loop bare_file_shared_write;
bare_loop bare_file_warm;
// Reads of PROT_NONE memory, left by siglongjmp(3); writes that the handler allows with mprotect(2).
bare_loop bare_segv_protected;
bare_loop bare_segv_repaired;

// will-it-scale's page_fault2 and page_fault3 as they are: a file that ftruncate(2) made, mapped private or
// shared, written and unmapped for ever. Timed is the second round, as all but one of theirs are.
bare_loop bare_page_fault2;
bare_loop bare_page_fault3;
// lmbench's lat_pagefault: reads of a file in memory at random, munmap, mmap and msync(2), less the latter
// three by themselves. Timed is the second round.
bare_loop bare_lat_pagefault;
// lmbench's lat_sig prot: one write to a read-only page that faults again each time the handler returns.
// `tool_ns` is less the price of a caught signal, as the tool's.
bare_loop bare_lat_sig_prot;

#ifdef __cplusplus
}
#endif
