// What the kernel's copying functions copy for the trial's processes: the program of the probe `copy_functions`.
// Built for the BPF machine.
#include "subject.bpf.h"
#include "copying.bpf.h"

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct faultlab_copied);
} copied SEC(".maps");

// The processes that do the accesses. The one that receives is no such.
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 1024);
  __type(key, __u32);
  __type(value, __u32);
} processes SEC(".maps");

static __always_inline struct faultlab_copied* the_copied(void) {
  const __u32 zero = 0;
  return bpf_map_lookup_elem(&copied, &zero);
}

// Null for whoever else copies.
static __always_inline struct faultlab_copied* our_copied(void) {
  const __u32 process = (__u32)(bpf_get_current_pid_tgid() >> 32);
  return bpf_map_lookup_elem(&processes, &process) ? the_copied() : 0;
}

static __always_inline int add_in(unsigned long bytes) {
  struct faultlab_copied* const all = our_copied();
  if (all) __sync_fetch_and_add(&all->in_bytes, bytes);
  return 0;
}

// lib/iov_iter.c: copy_page_to_iter() and copy_page_from_iter() are loops around the first two.
SEC("fexit/_copy_to_iter")
int BPF_PROG(on_out, const void* from, unsigned long wanted, void* iterator, unsigned long bytes) {
  struct faultlab_copied* const all = our_copied();
  if (all) __sync_fetch_and_add(&all->out_bytes, bytes);
  return 0;
}

SEC("fexit/_copy_from_iter")
int BPF_PROG(on_in, void* to, unsigned long wanted, void* iterator, unsigned long bytes) {
  return add_in(bytes);
}

SEC("fexit/_copy_from_iter_nocache")
int BPF_PROG(on_in_nocache, void* to, unsigned long wanted, void* iterator, unsigned long bytes) {
  return add_in(bytes);
}

// Buffered writes; its name has been both.
SEC("fexit/copy_page_from_iter_atomic")
int BPF_PROG(on_in_page, void* page, unsigned long offset, unsigned long wanted, void* iterator,
             unsigned long bytes) {
  return add_in(bytes);
}

SEC("fexit/copy_folio_from_iter_atomic")
int BPF_PROG(on_in_folio, void* folio, unsigned long offset, unsigned long wanted, void* iterator,
             unsigned long bytes) {
  return add_in(bytes);
}

// net/core/skbuff.c: a packet whose pages the sender may still write to gets pages of its own before it is
// received on this host. Whose processor does it is chance: it is known by its pages.
SEC("fentry/skb_copy_ubufs")
int BPF_PROG(on_looped, struct sk_buff* skb) {
  const struct faultlab_subject* wanted = the_subject();
  struct faultlab_copied* const all = the_copied();
  if (wanted && all) __sync_fetch_and_add(&all->looped_bytes, owned_bytes(skb, wanted));
  return 0;
}

char _license[] SEC("license") = "Dual MIT/GPL";
