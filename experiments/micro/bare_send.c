// Sending a file over a loopback connection, as one writes it without a harness: `bare_send FILE WAY BLOCK`; the ways
// are the harness's engines, of which copy_file_range sends to a file. The file is read into memory first; the sender is
// on the first of the CPUs that it may use and a child that discards on the second. Prints "bytes nanoseconds", from
// the first call to the last byte's arrival.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bare_ways.h"

void die(const char* what) {
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

static void warm(const char* path, size_t size) {
  static char piece[1 << 20];
  const int file = open(path, O_RDONLY);
  for (size_t at = 0; at < size; at += sizeof piece) {
    if (pread(file, piece, sizeof piece, (off_t)at) < 0) die("pread");
  }
  close(file);
}

static const struct way* find(const struct way* ways, const char* name) {
  while (ways->name && strcmp(ways->name, name) != 0) ++ways;
  return ways->name ? ways : NULL;
}

// A file without a name in the folder of `path`.
static int file_beside(const char* path) {
  char copy[4096];
  snprintf(copy, sizeof copy, "%s", path);
  const int file = open(dirname(copy), O_TMPFILE | O_RDWR, 0600);
  if (file < 0) die("open a file beside it");
  return file;
}

// Ends the connection, and waits until the child says when the last byte had come.
static long long last_arrival(int sink, int report) {
  long long last = 0;
  shutdown(sink, SHUT_WR);
  if (read(report, &last, sizeof last) != sizeof last) die("read the report");
  wait(NULL);
  return last;
}

int main(int argc, char** argv) {
  if (argc != 4) {
    fprintf(stderr, "usage: bare_send FILE WAY BLOCK\n");
    return 2;
  }
  const struct way* way = find(kPlainWays, argv[2]);
  if (!way) way = find(kUringWays, argv[2]);
  if (!way) {
    fprintf(stderr, "bare_send: no way is called %s\n", argv[2]);
    return 2;
  }
  const int file = open(argv[1], O_RDONLY | way->flags);
  struct stat status;
  if (file < 0 || fstat(file, &status) != 0) die(argv[1]);
  const size_t block = strtoull(argv[3], NULL, 10);
  const size_t size = (size_t)status.st_size / block * block;
  int report[2];
  if (pipe(report) != 0) die("pipe");
  const int sink = way->to_file ? file_beside(argv[1]) : connect_to_child(report[1]);
  go_to(0);
  warm(argv[1], size);
  const long long begin = now();
  way->send(file, sink, size, block);
  const long long last = way->to_file ? now() : last_arrival(sink, report[0]);
  printf("%zu %lld\n", size, last - begin);
  return 0;
}
