// The map `subject`, and what lets a BPF program find its process and the pages of its file.
// The kernel's structs are declared as far as they are used, and libbpf fits them to the running kernel (CO-RE).
#pragma once

#include <linux/bpf.h>
// After it: they need its types.
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "subject.h"

struct super_block {
  unsigned int s_dev;
} __attribute__((preserve_access_index));
struct inode {
  unsigned long i_ino;
  struct super_block* i_sb;
} __attribute__((preserve_access_index));
struct address_space {
  struct inode* host;
} __attribute__((preserve_access_index));
struct page {
  unsigned long compound_head;
  struct address_space* mapping;
} __attribute__((preserve_access_index));
struct files_struct;
struct task_struct {
  int tgid;
  struct task_struct* real_parent;
  struct files_struct* files;
} __attribute__((preserve_access_index));
struct sk_buff {
  struct sock* sk;
  unsigned int len;
  unsigned int data_len;
  unsigned short transport_header;
  unsigned int end;  // an offset: 64-bit kernels (include/linux/skbuff.h, NET_SKBUFF_DATA_USES_OFFSET)
  unsigned char* head;
  unsigned char* data;
} __attribute__((preserve_access_index));
// The same 16 bytes under the names that several kernels have given them (bio_vec, skb_frag).
struct fragment {
  unsigned long page;
  unsigned int length;
  unsigned int offset;
};
struct skb_shared_info {
  unsigned char nr_frags;
  struct fragment frags[1];
} __attribute__((preserve_access_index));

enum { kMostFragments = 45, kAncestors = 8, kTagged = 3 };

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct faultlab_subject);
} subject SEC(".maps");

static __always_inline struct faultlab_subject* the_subject(void) {
  const __u32 zero = 0;
  return bpf_map_lookup_elem(&subject, &zero);
}

static __always_inline int is_subject(struct inode* inode, const struct faultlab_subject* wanted) {
  if (!inode || BPF_CORE_READ(inode, i_ino) != wanted->inode) return 0;
  return BPF_CORE_READ(inode, i_sb, s_dev) == wanted->device;
}

// A tail page's word points to its head, with the lowest bit set (include/linux/page-flags.h).
static __always_inline int of_subject(unsigned long netmem, const struct faultlab_subject* wanted) {
  if (netmem & 1) return 0;  // no page: memory of a device (include/net/netmem.h)
  struct page* page = (struct page*)netmem;
  const unsigned long head = BPF_CORE_READ(page, compound_head);
  if (head & 1) page = (struct page*)(head - 1);
  struct address_space* mapping = BPF_CORE_READ(page, mapping);
  if (!mapping || ((unsigned long)mapping & kTagged)) return 0;  // anonymous
  return is_subject(BPF_CORE_READ(mapping, host), wanted);
}

// Ours, or a descendant of ours.
static __always_inline int is_ours(struct task_struct* task, const struct faultlab_subject* wanted) {
  for (int i = 0; i < kAncestors && task; ++i) {
    if ((unsigned int)BPF_CORE_READ(task, tgid) == wanted->process) return 1;
    task = BPF_CORE_READ(task, real_parent);
  }
  return 0;
}

// Payload of the packet in pages of the file.
static __always_inline __u64 owned_bytes(struct sk_buff* skb, const struct faultlab_subject* wanted) {
  struct skb_shared_info* const info =
      (struct skb_shared_info*)(BPF_CORE_READ(skb, head) + BPF_CORE_READ(skb, end));
  const unsigned int count = BPF_CORE_READ(info, nr_frags);
  unsigned char* const first = (unsigned char*)__builtin_preserve_access_index(&info->frags);
  __u64 owned = 0;
  for (unsigned int i = 0; i < kMostFragments; ++i) {
    if (i >= count) break;
    struct fragment each = {};
    bpf_probe_read_kernel(&each, sizeof each, first + i * sizeof each);
    if (of_subject(each.page, wanted)) owned += each.length;
  }
  return owned;
}
