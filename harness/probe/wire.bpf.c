// Whose pages go to a network device: the program of the probe `wire_ownership`.
// Built for the BPF machine.
#include "subject.bpf.h"
#include "wire.bpf.h"

typedef long long counter64;

// The registers of a system call, of which the first argument is wanted.
#ifdef __TARGET_ARCH_arm64
struct pt_regs {
  unsigned long long orig_x0;
} __attribute__((preserve_access_index));
#define FIRST_ARGUMENT orig_x0
#else
struct pt_regs {
  unsigned long di;
} __attribute__((preserve_access_index));
#define FIRST_ARGUMENT di
#endif

struct file {
  struct inode* f_inode;
  unsigned int f_flags;
} __attribute__((preserve_access_index));
struct fdtable {
  unsigned int max_fds;
  struct file** fd;
} __attribute__((preserve_access_index));
struct files_struct {
  struct fdtable* fdt;
} __attribute__((preserve_access_index));
struct sock_common {
  struct {
    counter64 counter;
  } skc_cookie;
} __attribute__((preserve_access_index));
struct sock {
  struct sock_common __sk_common;
} __attribute__((preserve_access_index));

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct faultlab_wire_reads);
} reads SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct faultlab_wire_totals);
} totals SEC(".maps");

// By the address of the struct sock.
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 4096);
  __type(key, __u64);
  __type(value, struct faultlab_wire_socket);
} sockets SEC(".maps");

// The cookies (SO_COOKIE) of sockets that are ours from the beginning.
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 1024);
  __type(key, __u64);
  __type(value, __u32);
} cookies SEC(".maps");

// Threads that are inside a read of the file.
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 1024);
  __type(key, __u32);
  __type(value, __u32);
} reading SEC(".maps");

static __always_inline struct faultlab_wire_totals* the_totals(void) {
  const __u32 zero = 0;
  return bpf_map_lookup_elem(&totals, &zero);
}

static __always_inline struct faultlab_wire_socket* socket_of(struct sock* sk) {
  const __u64 key = (__u64)sk;
  struct faultlab_wire_socket* known = bpf_map_lookup_elem(&sockets, &key);
  if (known) return known;
  const __u64 cookie = (__u64)BPF_CORE_READ(sk, __sk_common.skc_cookie.counter);
  struct faultlab_wire_socket fresh = {};
  fresh.ours = bpf_map_lookup_elem(&cookies, &cookie) != 0;
  bpf_map_update_elem(&sockets, &key, &fresh, BPF_NOEXIST);
  return bpf_map_lookup_elem(&sockets, &key);
}

static __always_inline unsigned char* tcp_header(struct sk_buff* skb) {
  return BPF_CORE_READ(skb, head) + BPF_CORE_READ(skb, transport_header);
}

// The bytes before TCP's payload: up to its header, whose length stands in its 13th byte, in words (RFC 9293, 3.1).
static __always_inline unsigned int header_length(struct sk_buff* skb) {
  unsigned char* const tcp = tcp_header(skb);
  unsigned char words = 0;
  bpf_probe_read_kernel(&words, sizeof words, tcp + 12);
  return (unsigned int)(tcp - BPF_CORE_READ(skb, data)) + (words >> 4) * 4;
}

// How much of the payload was sent before: what is lost, or late to be acknowledged, is sent again. Sequence
// numbers wrap around. Packets of one socket go out one after another, under its lock.
static __always_inline unsigned int sent_again(struct sk_buff* skb, struct faultlab_wire_socket* socket,
                                               unsigned int payload) {
  __u32 sequence = 0;
  bpf_probe_read_kernel(&sequence, sizeof sequence, tcp_header(skb) + 4);
  sequence = __builtin_bswap32(sequence);
  const int ahead = socket->begun ? (int)(socket->next_sequence - sequence) : 0;
  const unsigned int again = ahead <= 0 ? 0 : (unsigned int)ahead < payload ? (unsigned int)ahead : payload;
  if (again < payload || !socket->begun) socket->next_sequence = sequence + payload;
  socket->begun = 1;
  return again;
}

// Just before the device: where it cannot gather, the pieces have been copied into one by then
// (net/core/dev.c, validate_xmit_skb).
SEC("tp_btf/net_dev_start_xmit")
int BPF_PROG(on_xmit, struct sk_buff* skb) {
  const struct faultlab_subject* wanted = the_subject();
  struct sock* const sk = BPF_CORE_READ(skb, sk);
  if (!wanted || !sk) return 0;
  struct faultlab_wire_socket* const socket = socket_of(sk);
  if (!socket) {
    struct faultlab_wire_totals* const all = the_totals();
    if (all) __sync_fetch_and_add(&all->lost, 1);
    return 0;
  }
  const unsigned int header = header_length(skb);
  const unsigned int payload = BPF_CORE_READ(skb, len) - header;
  __sync_fetch_and_add(&socket->header_bytes, header);
  if (payload == 0) return 0;
  const unsigned int again = sent_again(skb, socket, payload);
  const unsigned int fresh = payload - again;
  const __u64 owned = owned_bytes(skb, wanted) * fresh / payload;
  __sync_fetch_and_add(&socket->again_bytes, again);
  __sync_fetch_and_add(&socket->source_bytes, owned);
  __sync_fetch_and_add(&socket->other_bytes, fresh - owned);
  return 0;
}

// A send by one of ours: so is its socket, whatever it has sent before.
SEC("tp_btf/sock_send_length")
int BPF_PROG(on_send, struct sock* sk, int result, int flags) {
  const struct faultlab_subject* wanted = the_subject();
  if (!wanted || !is_ours((struct task_struct*)bpf_get_current_task(), wanted)) return 0;
  struct faultlab_wire_socket* const socket = socket_of(sk);
  if (socket) socket->ours = 1;
  return 0;
}

static __always_inline int reads_subject(unsigned int fd, unsigned int direct_flag) {
  const struct faultlab_subject* wanted = the_subject();
  struct task_struct* const task = (struct task_struct*)bpf_get_current_task();
  if (!wanted || !is_ours(task, wanted)) return 0;
  struct file** const table = BPF_CORE_READ(task, files, fdt, fd);
  struct file* file = 0;
  if (fd >= BPF_CORE_READ(task, files, fdt, max_fds)) return 0;
  bpf_probe_read_kernel(&file, sizeof file, table + fd);
  if (!file || (BPF_CORE_READ(file, f_flags) & direct_flag)) return 0;
  return is_subject(BPF_CORE_READ(file, f_inode), wanted);
}

SEC("tp_btf/sys_enter")
int BPF_PROG(on_enter, struct pt_regs* regs, long number) {
  const __u32 zero = 0;
  const struct faultlab_wire_reads* kinds = bpf_map_lookup_elem(&reads, &zero);
  if (!kinds) return 0;
  int is_read = 0;
  for (int i = 0; i < FAULTLAB_READ_CALLS; ++i) is_read |= number == kinds->calls[i];
  if (!is_read || !reads_subject((unsigned int)BPF_CORE_READ(regs, FIRST_ARGUMENT), kinds->direct_flag)) return 0;
  const __u32 thread = (__u32)bpf_get_current_pid_tgid();
  const __u32 one = 1;
  bpf_map_update_elem(&reading, &thread, &one, BPF_ANY);
  return 0;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(on_exit, struct pt_regs* regs, long result) {
  const __u32 thread = (__u32)bpf_get_current_pid_tgid();
  if (!bpf_map_lookup_elem(&reading, &thread)) return 0;
  bpf_map_delete_elem(&reading, &thread);
  struct faultlab_wire_totals* const all = the_totals();
  if (all && result > 0) __sync_fetch_and_add(&all->buffered_read_bytes, result);
  return 0;
}

char _license[] SEC("license") = "Dual MIT/GPL";
