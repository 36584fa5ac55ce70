// What the kernel copies for the trial's processes, by the functions that do: the program of the probe
// `copy_functions`.
// Built for the BPF machine. The functions that copy are in lib/, which is built so that none of it can be traced
// (lib/Makefile takes CC_FLAGS_FTRACE out): those that call them say how much they got.
#include "subject.bpf.h"
// After it: plain C.
#include "copying.bpf.h"

enum iter_type { ITER_PIPE = 3 };
struct iov_iter {
  unsigned char iter_type;
} __attribute__((preserve_access_index));
struct msghdr {
  unsigned int msg_flags;
} __attribute__((preserve_access_index));
struct sock {
  unsigned long long sk_route_caps;
} __attribute__((preserve_access_index));

// include/linux/socket.h, and include/linux/netdev_features.h: NETIF_F_SG is the first bit.
enum { kZeroCopy = 0x4000000, kSplicePages = 0x8000000, kCanGather = 1 };

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

static __always_inline int add_out(long bytes) {
  struct faultlab_copied* const all = bytes > 0 ? our_copied() : 0;
  if (all) __sync_fetch_and_add(&all->out_bytes, bytes);
  return 0;
}

static __always_inline int add_in(long bytes) {
  struct faultlab_copied* const all = bytes > 0 ? our_copied() : 0;
  if (all) __sync_fetch_and_add(&all->in_bytes, bytes);
  return 0;
}

// Until Linux 6.4 a splice was a read into such an iterator, which takes pages and copies nothing.
static __always_inline int is_pipe(struct iov_iter* iterator) {
  if (!bpf_core_enum_value_exists(enum iter_type, ITER_PIPE)) return 0;
  return BPF_CORE_READ(iterator, iter_type) == bpf_core_enum_value(enum iter_type, ITER_PIPE);
}

SEC("fexit/filemap_read")
int BPF_PROG(on_file_read, void* call, struct iov_iter* into, long before, long bytes) {
  return is_pipe(into) ? 0 : add_out(bytes - before);
}

SEC("fexit/shmem_file_read_iter")
int BPF_PROG(on_shmem_read, void* call, struct iov_iter* into, long bytes) {
  return is_pipe(into) ? 0 : add_out(bytes);
}

// A send that may take pages takes them where the device can gather.
SEC("fexit/tcp_sendmsg_locked")
int BPF_PROG(on_tcp_send, struct sock* sk, struct msghdr* message, unsigned long size, int bytes) {
  const int takes_pages = BPF_CORE_READ(message, msg_flags) & (kZeroCopy | kSplicePages);
  return takes_pages && (BPF_CORE_READ(sk, sk_route_caps) & kCanGather) ? 0 : add_in(bytes);
}

SEC("fexit/skb_copy_datagram_from_iter")
int BPF_PROG(on_datagram, void* skb, int offset, void* from, int bytes, int error) { return error ? 0 : add_in(bytes); }

SEC("fexit/pipe_write")
int BPF_PROG(on_pipe_write, void* call, void* from, long bytes) { return add_in(bytes); }

SEC("fexit/generic_perform_write")
int BPF_PROG(on_file_write, void* call, void* from, long bytes) { return add_in(bytes); }

// Its parameters are not the same in every kernel.
SEC("fexit/iomap_file_buffered_write")
int on_iomap_write(void* context) {
  __u64 bytes = 0;
  return bpf_get_func_ret(context, &bytes) == 0 ? add_in((long)bytes) : 0;
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
