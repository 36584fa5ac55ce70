// The ways of bare_send by io_uring.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <liburing.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bare_ways.h"

static void make_ring(struct io_uring* ring, unsigned entries) {
  errno = -io_uring_queue_init(entries, ring, 0);
  if (errno != 0) die("io_uring");
}

// One call for both of the entries, which are linked; the result of the second.
static int run_pair(struct io_uring* ring, int expected) {
  if (io_uring_submit_and_wait(ring, 2) < 0) die("io_uring_enter");
  int results[2];
  for (int i = 0; i < 2; ++i) {
    struct io_uring_cqe* done;
    if (io_uring_wait_cqe(ring, &done) != 0) die("io_uring_wait_cqe");
    results[i] = done->res;
    io_uring_cqe_seen(ring, done);
  }
  if (results[0] != expected) die("the file's half of a pair");
  return results[1] < 0 ? 0 : results[1];
}

static void uring_read_write(int file, int sink, size_t size, size_t block) {
  struct io_uring ring;
  make_ring(&ring, 2);
  char* buffer = aligned_alloc(4096, block);
  memset(buffer, 1, block);
  for (size_t at = 0; at < size; at += block) {
    struct io_uring_sqe* entry = io_uring_get_sqe(&ring);
    io_uring_prep_read(entry, file, buffer, (unsigned)block, at);
    entry->flags |= IOSQE_IO_LINK;
    io_uring_prep_write(io_uring_get_sqe(&ring), sink, buffer, (unsigned)block, (__u64)-1);
    for (size_t done = (size_t)run_pair(&ring, (int)block); done < block;) {
      const ssize_t sent = write(sink, buffer + done, block - done);
      if (sent < 0) die("write");
      done += (size_t)sent;
    }
  }
}

static void uring_splice(int file, int sink, size_t size, size_t block) {
  struct io_uring ring;
  make_ring(&ring, 2);
  int ends[2];
  if (pipe(ends) != 0) die("pipe");
  const size_t most = block < 65536 ? block : 65536;  // what the pipe holds
  for (size_t at = 0; at < size; at += most) {
    struct io_uring_sqe* entry = io_uring_get_sqe(&ring);
    io_uring_prep_splice(entry, file, (int64_t)at, ends[1], -1, (unsigned)most, SPLICE_F_MOVE);
    entry->flags |= IOSQE_IO_LINK;
    io_uring_prep_splice(io_uring_get_sqe(&ring), ends[0], -1, sink, -1, (unsigned)most, SPLICE_F_MOVE);
    for (size_t done = (size_t)run_pair(&ring, (int)most); done < most;) {
      const ssize_t out = splice(ends[0], NULL, sink, NULL, most - done, SPLICE_F_MOVE | SPLICE_F_MORE);
      if (out <= 0) die("splice");
      done += (size_t)out;
    }
  }
}

// At least one completion: what a send moved goes to `moved`, each notification off `outstanding`.
static void take_completions(struct io_uring* ring, size_t* moved, unsigned* outstanding) {
  if (io_uring_submit_and_wait(ring, 1) < 0) die("io_uring_enter");
  struct io_uring_cqe* done;
  while (io_uring_peek_cqe(ring, &done) == 0) {
    if (done->flags & IORING_CQE_F_NOTIF) {
      --*outstanding;
    } else {
      if (done->res < 0) die("send_zc");
      *moved = (size_t)done->res;
      if (done->flags & IORING_CQE_F_MORE) ++*outstanding;
    }
    io_uring_cqe_seen(ring, done);
  }
}

static void uring_send_zc(int file, int sink, size_t size, size_t block) {
  struct io_uring ring;
  make_ring(&ring, 64);
  const char* bytes = mmap(NULL, size, PROT_READ, MAP_SHARED, file, 0);
  if (bytes == MAP_FAILED) die("mmap");
  unsigned outstanding = 0;
  for (size_t at = 0; at < size; at += block) {
    for (size_t done = 0; done < block;) {
      io_uring_prep_send_zc(io_uring_get_sqe(&ring), sink, bytes + at + done, block - done, MSG_WAITALL, 0);
      size_t moved = 0;
      while (moved == 0) take_completions(&ring, &moved, &outstanding);
      done += moved;
    }
  }
  size_t unused;
  while (outstanding > 0) take_completions(&ring, &unused, &outstanding);
}

const struct way kUringWays[] = {{"uring_read_write", uring_read_write, 0, 0},
                                 {"uring_splice", uring_splice, 0, 0},
                                 {"uring_send_zc", uring_send_zc, 0, 0},
                                 {NULL, NULL, 0, 0}};
