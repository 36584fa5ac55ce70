// The ways of bare_send that need the C library alone.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/errqueue.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "bare_ways.h"

static void send_all(int sink, const char* from, size_t size) {
  while (size > 0) {
    const ssize_t sent = write(sink, from, size);
    if (sent < 0) die("write");
    from += sent;
    size -= (size_t)sent;
  }
}

static void read_write(int file, int sink, size_t size, size_t block) {
  char* buffer = aligned_alloc(4096, block);
  memset(buffer, 1, block);
  for (size_t at = 0; at < size; at += block) {
    if (pread(file, buffer, block, (off_t)at) != (ssize_t)block) die("pread");
    send_all(sink, buffer, block);
  }
  free(buffer);
}

static const char* map(int file, size_t size, int flags) {
  const char* bytes = mmap(NULL, size, PROT_READ, MAP_SHARED | flags, file, 0);
  if (bytes == MAP_FAILED) die("mmap");
  return bytes;
}

static void send_blocks(int sink, const char* bytes, size_t size, size_t block) {
  for (size_t at = 0; at < size; at += block) send_all(sink, bytes + at, block);
}

static void mmap_write(int file, int sink, size_t size, size_t block) {
  send_blocks(sink, map(file, size, 0), size, block);
}

static void mmap_populate_write(int file, int sink, size_t size, size_t block) {
  send_blocks(sink, map(file, size, MAP_POPULATE), size, block);
}

static void use_sendfile(int file, int sink, size_t size, size_t block) {
  for (size_t at = 0; at < size; at += block) {
    off_t offset = (off_t)at;
    for (size_t left = block; left > 0;) {
      const ssize_t sent = sendfile(sink, file, &offset, left);
      if (sent <= 0) die("sendfile");
      left -= (size_t)sent;
    }
  }
}

// What has been put into the pipe goes to the sink.
static void drain(int pipe_end, int sink, ssize_t size) {
  while (size > 0) {
    const ssize_t out = splice(pipe_end, NULL, sink, NULL, (size_t)size, SPLICE_F_MOVE | SPLICE_F_MORE);
    if (out <= 0) die("splice");
    size -= out;
  }
}

static void use_splice(int file, int sink, size_t size, size_t block) {
  int ends[2];
  if (pipe(ends) != 0) die("pipe");
  for (size_t at = 0; at < size; at += block) {
    loff_t offset = (loff_t)at;
    for (size_t left = block; left > 0;) {
      const ssize_t in = splice(file, &offset, ends[1], NULL, left, SPLICE_F_MOVE | SPLICE_F_MORE);
      if (in <= 0) die("splice");
      left -= (size_t)in;
      drain(ends[0], sink, in);
    }
  }
}

static void use_vmsplice(int file, int sink, size_t size, size_t block) {
  int ends[2];
  if (pipe(ends) != 0) die("pipe");
  const char* bytes = map(file, size, 0);
  for (size_t at = 0; at < size; at += block) {
    for (size_t done = 0; done < block;) {
      const struct iovec part = {(void*)(bytes + at + done), block - done};
      const ssize_t in = vmsplice(ends[1], &part, 1, 0);
      if (in <= 0) die("vmsplice");
      done += (size_t)in;
      drain(ends[0], sink, in);
    }
  }
}

static void use_copy_file_range(int file, int sink, size_t size, size_t block) {
  for (size_t at = 0; at < size; at += block) {
    off_t offset = (off_t)at;
    for (size_t left = block; left > 0;) {
      const ssize_t copied = copy_file_range(file, &offset, sink, NULL, left, 0);
      if (copied <= 0) die("copy_file_range");
      left -= (size_t)copied;
    }
  }
}

// The next report on zero-copy sends: how many it is about, 0 where there is none yet.
static unsigned completed(int sink) {
  char control[128];
  struct msghdr message = {.msg_control = control, .msg_controllen = sizeof control};
  if (recvmsg(sink, &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0) {
    if (errno != EAGAIN) die("recvmsg");
    return 0;
  }
  const struct sock_extended_err* error = (const void*)CMSG_DATA(CMSG_FIRSTHDR(&message));
  return error->ee_data - error->ee_info + 1;
}

static unsigned wait_completed(int sink) {
  unsigned done;
  while ((done = completed(sink)) == 0) {
    struct pollfd errors = {.fd = sink};
    if (poll(&errors, 1, -1) < 0) die("poll");
  }
  return done;
}

static void zerocopy_send(int file, int sink, size_t size, size_t block) {
  const char* bytes = map(file, size, 0);
  const int one = 1;
  if (setsockopt(sink, SOL_SOCKET, SO_ZEROCOPY, &one, sizeof one) != 0) die("SO_ZEROCOPY");
  unsigned outstanding = 0;
  for (size_t at = 0; at < size; at += block) {
    for (size_t done = 0; done < block;) {
      const ssize_t sent = send(sink, bytes + at + done, block - done, MSG_ZEROCOPY);
      if (sent < 0 && errno == ENOBUFS && outstanding > 0) {
        outstanding -= wait_completed(sink);
        continue;
      }
      if (sent < 0) die("send");
      ++outstanding;
      done += (size_t)sent;
    }
    for (unsigned done; outstanding > 0 && (done = completed(sink)) > 0;) outstanding -= done;
  }
  while (outstanding > 0) outstanding -= wait_completed(sink);
}

const struct way kPlainWays[] = {{"read_write", read_write, 0, 0},
                                 {"pread_direct_write", read_write, O_DIRECT, 0},
                                 {"mmap_write", mmap_write, 0, 0},
                                 {"mmap_populate_write", mmap_populate_write, 0, 0},
                                 {"sendfile", use_sendfile, 0, 0},
                                 {"splice", use_splice, 0, 0},
                                 {"vmsplice", use_vmsplice, 0, 0},
                                 {"copy_file_range", use_copy_file_range, 0, 1},
                                 {"zerocopy_send", zerocopy_send, 0, 0},
                                 {NULL, NULL, 0, 0}};
