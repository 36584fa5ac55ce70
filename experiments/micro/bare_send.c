// Sending a file over a loopback connection, as one writes it without a harness: `bare_send FILE WAY BLOCK` for the
// ways read_write, mmap_write, sendfile and splice. The file is read into memory first; the sender is on the first of
// the CPUs that it may use and a child that discards on the second. Prints "bytes nanoseconds", from the first call
// to the last byte's arrival.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void die(const char* what) {
  perror(what);
  exit(1);
}

static long long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

// To the `place`th CPU that this process may use, where there are so many.
static void go_to(int place) {
  cpu_set_t allowed, one;
  sched_getaffinity(0, sizeof allowed, &allowed);
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (!CPU_ISSET(cpu, &allowed) || place-- > 0) continue;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    sched_setaffinity(0, sizeof one, &one);
    return;
  }
}

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

static void mmap_write(int file, int sink, size_t size, size_t block) {
  const char* bytes = mmap(NULL, size, PROT_READ, MAP_SHARED, file, 0);
  if (bytes == MAP_FAILED) die("mmap");
  for (size_t at = 0; at < size; at += block) send_all(sink, bytes + at, block);
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

static void use_splice(int file, int sink, size_t size, size_t block) {
  int pipe_ends[2];
  if (pipe(pipe_ends) != 0) die("pipe");
  for (size_t at = 0; at < size; at += block) {
    loff_t offset = (loff_t)at;
    for (size_t left = block; left > 0;) {
      ssize_t in = splice(file, &offset, pipe_ends[1], NULL, left, SPLICE_F_MOVE | SPLICE_F_MORE);
      if (in <= 0) die("splice");
      left -= (size_t)in;
      while (in > 0) {
        const ssize_t out = splice(pipe_ends[0], NULL, sink, NULL, (size_t)in, SPLICE_F_MOVE | SPLICE_F_MORE);
        if (out <= 0) die("splice");
        in -= out;
      }
    }
  }
}

static const struct {
  const char* name;
  void (*send)(int file, int sink, size_t size, size_t block);
} kWays[] = {
    {"read_write", read_write}, {"mmap_write", mmap_write}, {"sendfile", use_sendfile}, {"splice", use_splice}};

// The connected sender's end; the child that receives tells the time of the last byte through `report`.
static int connect_to_child(int report) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof address;
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  if (bind(listener, (struct sockaddr*)&address, length) != 0 || listen(listener, 1) != 0) die("listen");
  getsockname(listener, (struct sockaddr*)&address, &length);
  const pid_t child = fork();
  if (child < 0) die("fork");
  if (child == 0) {
    go_to(1);
    const int end = accept(listener, NULL, NULL);
    char unused;
    ssize_t got = 0;
    do {
      got = recv(end, &unused, 1 << 20, MSG_TRUNC);
    } while (got > 0 || (got < 0 && errno == EINTR));
    const long long last = now();
    if (write(report, &last, sizeof last) != sizeof last) die("report");
    _exit(0);
  }
  const int sink = socket(AF_INET, SOCK_STREAM, 0);
  if (connect(sink, (struct sockaddr*)&address, length) != 0) die("connect");
  const int one = 1;
  setsockopt(sink, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  return sink;
}

static void warm(int file, size_t size) {
  static char piece[1 << 20];
  for (size_t at = 0; at < size; at += sizeof piece) {
    if (pread(file, piece, sizeof piece, (off_t)at) < 0) die("pread");
  }
}

int main(int argc, char** argv) {
  if (argc != 4) {
    fprintf(stderr, "usage: bare_send FILE WAY BLOCK\n");
    return 2;
  }
  const int file = open(argv[1], O_RDONLY);
  struct stat status;
  if (file < 0 || fstat(file, &status) != 0) die(argv[1]);
  const size_t block = strtoull(argv[3], NULL, 10);
  const size_t size = (size_t)status.st_size / block * block;
  int report[2];
  if (pipe(report) != 0) die("pipe");
  const int sink = connect_to_child(report[1]);
  go_to(0);
  warm(file, size);
  for (size_t i = 0; i < sizeof kWays / sizeof *kWays; ++i) {
    if (strcmp(argv[2], kWays[i].name) != 0) continue;
    const long long begin = now();
    kWays[i].send(file, sink, size, block);
    shutdown(sink, SHUT_WR);
    long long last = 0;
    if (read(report[0], &last, sizeof last) != sizeof last) die("read the report");
    printf("%zu %lld\n", size, last - begin);
    wait(NULL);
    return 0;
  }
  fprintf(stderr, "bare_send: no way is called %s\n", argv[2]);
  return 2;
}
