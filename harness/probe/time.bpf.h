// What the BPF program of the probe `time_bpf` and its reader share: plain C.
#pragma once

// Every moment of a worker belongs to exactly one of these. On a CPU, reclaim goes before what led to it;
// asleep, reclaim goes before the reason of the sleep. Waiting for a CPU is always just that.
enum faultlab_cause {
  FAULTLAB_USER,      // on a CPU, none of the following
  FAULTLAB_FAULT,     // on a CPU, in a page fault taken in user mode
  FAULTLAB_SYSCALL,   // on a CPU, in a system call
  FAULTLAB_RECLAIM,   // in direct reclaim, on a CPU or asleep
  FAULTLAB_IO_WAIT,   // asleep, marked by the kernel as waiting for I/O
  FAULTLAB_BLOCKED,   // asleep for another reason
  FAULTLAB_IDLE,      // asleep in futex(2): the harness's own line, before and after the window
  FAULTLAB_RUNQUEUE,  // runnable, but not on a CPU
  FAULTLAB_CAUSES,
};

// One worker, keyed by its thread id.
struct faultlab_worker {
  unsigned long long since_ns;  // when the present cause began; 0: nothing has been seen yet
  unsigned long long ns[FAULTLAB_CAUSES];
  unsigned long long io_waits;
  unsigned long long reclaims;
  unsigned int off_cpu;     // 0: running; else the cause of not running
  unsigned int in_fault;    // contexts, which outlast being switched out
  unsigned int in_syscall;  // 1 + number of the system call
  unsigned int in_reclaim;
  unsigned int line_syscall;  // set by the reader: 1 + the number of the call in which it waits to begin
  unsigned int unused;
};
