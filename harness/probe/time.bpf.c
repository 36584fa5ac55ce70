// Where the workers' time goes, added up in the kernel: the program of the probe `time_bpf`.
// Built for the BPF machine; the kernel's structs are declared as far as they are used, and libbpf fits
// them to the running kernel (CO-RE).
#include <linux/bpf.h>
// After it: they need its types.
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "time.bpf.h"

typedef int pid_t;

struct task_struct {
  pid_t pid;
  unsigned int in_iowait : 1;
} __attribute__((preserve_access_index));

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 256);
  __type(key, __u32);
  __type(value, struct faultlab_worker);
} workers SEC(".maps");

static __always_inline struct faultlab_worker* worker_of(__u32 thread) {
  return bpf_map_lookup_elem(&workers, &thread);
}

static __always_inline struct faultlab_worker* this_worker(void) {
  return worker_of((__u32)bpf_get_current_pid_tgid());
}

static __always_inline unsigned int cause_of(const struct faultlab_worker* worker) {
  if (worker->off_cpu == FAULTLAB_RUNQUEUE) return FAULTLAB_RUNQUEUE;
  if (worker->in_reclaim) return FAULTLAB_RECLAIM;
  if (worker->off_cpu) return worker->off_cpu;
  if (worker->in_syscall) return FAULTLAB_SYSCALL;
  return worker->in_fault ? FAULTLAB_FAULT : FAULTLAB_USER;
}

// Closes the present stretch. A worker's entry has one writer at a time: itself while it runs, its waker
// while it sleeps.
static __always_inline void settle(struct faultlab_worker* worker) {
  const __u64 now = bpf_ktime_get_ns();
  const unsigned int cause = cause_of(worker);
  if (worker->since_ns != 0 && now > worker->since_ns) {
    if (cause < FAULTLAB_CAUSES) worker->ns[cause] += now - worker->since_ns;
  }
  worker->since_ns = now;
}

static __always_inline void leave_cpu(struct faultlab_worker* worker, int runnable, int in_iowait) {
  settle(worker);
  if (runnable) {
    worker->off_cpu = FAULTLAB_RUNQUEUE;
  } else if (in_iowait) {
    worker->off_cpu = FAULTLAB_IO_WAIT;
    worker->io_waits++;
  } else {
    const int in_line = worker->in_syscall == worker->line_syscall;
    worker->off_cpu = in_line ? FAULTLAB_IDLE : FAULTLAB_BLOCKED;
  }
}

SEC("tp_btf/sched_switch")
int BPF_PROG(on_switch, _Bool preempt, struct task_struct* prev, struct task_struct* next,
             unsigned int prev_state) {
  struct faultlab_worker* leaving = worker_of(prev->pid);
  if (leaving) leave_cpu(leaving, preempt || prev_state == 0, BPF_CORE_READ_BITFIELD(prev, in_iowait));
  struct faultlab_worker* coming = worker_of(next->pid);
  if (coming) {
    settle(coming);
    coming->off_cpu = 0;
  }
  return 0;
}

// Fires for a task that had not yet left its CPU too: then it sleeps no more, and nothing changes.
SEC("tp_btf/sched_wakeup")
int BPF_PROG(on_wakeup, struct task_struct* task) {
  struct faultlab_worker* worker = worker_of(task->pid);
  if (!worker || worker->off_cpu == 0) return 0;
  // Called from the line: the window does not open before its first access.
  if (worker->off_cpu == FAULTLAB_IDLE) return 0;
  settle(worker);
  worker->off_cpu = FAULTLAB_RUNQUEUE;
  return 0;
}

SEC("tp_btf/sys_enter")
int BPF_PROG(on_sys_enter, void* regs, long number) {
  struct faultlab_worker* worker = this_worker();
  if (!worker) return 0;
  settle(worker);
  worker->in_fault = 0;  // a fault that ended in a signal was never accounted
  worker->in_syscall = (unsigned int)number + 1;
  return 0;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(on_sys_exit, void* regs, long result) {
  struct faultlab_worker* worker = this_worker();
  if (!worker) return 0;
  // A worker that was in a system call when the probe began is seen for the first time here or earlier.
  settle(worker);
  worker->in_syscall = 0;
  return 0;
}

static __always_inline int enter_reclaim(void) {
  struct faultlab_worker* worker = this_worker();
  if (!worker) return 0;
  settle(worker);
  worker->in_reclaim = 1;
  worker->reclaims++;
  return 0;
}

static __always_inline int leave_reclaim(void) {
  struct faultlab_worker* worker = this_worker();
  if (!worker) return 0;
  settle(worker);
  worker->in_reclaim = 0;
  return 0;
}

SEC("tp_btf/mm_vmscan_direct_reclaim_begin")
int BPF_PROG(on_reclaim) { return enter_reclaim(); }
SEC("tp_btf/mm_vmscan_direct_reclaim_end")
int BPF_PROG(on_reclaimed) { return leave_reclaim(); }
SEC("tp_btf/mm_vmscan_memcg_reclaim_begin")
int BPF_PROG(on_memcg_reclaim) { return enter_reclaim(); }
SEC("tp_btf/mm_vmscan_memcg_reclaim_end")
int BPF_PROG(on_memcg_reclaimed) { return leave_reclaim(); }

// Attached to the software events of each worker, user mode only. The kernel counts PAGE_FAULTS as it
// begins to look at a fault, and PAGE_FAULTS_MIN or _MAJ as it has handled it (mm/memory.c,
// mm_account_fault): the two ends that no tracepoint gives.
SEC("perf_event")
int fault_begins(void* context) {
  struct faultlab_worker* worker = this_worker();
  if (!worker) return 0;
  settle(worker);
  worker->in_fault = 1;
  return 0;
}

SEC("perf_event")
int fault_ends(void* context) {
  struct faultlab_worker* worker = this_worker();
  if (!worker) return 0;
  settle(worker);
  worker->in_fault = 0;
  return 0;
}

char _license[] SEC("license") = "Dual MIT/GPL";
