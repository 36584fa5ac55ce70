// The bare loops over pages. Each does what its tool does and no more: nothing is verified, but counted.
#define _GNU_SOURCE  // O_TMPFILE, MADV_NOHUGEPAGE
#include "bare_faults.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { kBytes = 4096 };

static uint64_t clock_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static int64_t cpu_ns(const struct rusage *usage) {
  return (usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) * 1000000000ll +
         (usage->ru_utime.tv_usec + usage->ru_stime.tv_usec) * 1000ll;
}

static void open_window(struct bare_account *account) {
  struct rusage usage;
  clock_ns();  // its first call is looked up outside
  getrusage(RUSAGE_SELF, &usage);
  account->minor = usage.ru_minflt;
  account->major = usage.ru_majflt;
  account->cpu_ns = cpu_ns(&usage);
  account->ns = clock_ns();
}

static void close_window(struct bare_account *account, uint64_t events) {
  struct rusage usage;
  account->ns = clock_ns() - account->ns;
  getrusage(RUSAGE_SELF, &usage);
  account->minor = usage.ru_minflt - account->minor;
  account->major = usage.ru_majflt - account->major;
  account->cpu_ns = cpu_ns(&usage) - account->cpu_ns;
  account->events = events;
}

// The last byte, as the scenarios over files: whether the caches have the line that is stored to is in the
// price.
static void write_each(volatile char *base, uint64_t pages) {
  for (uint64_t i = 0; i < pages; ++i) base[i * kBytes + kBytes - 1] = 1;
}

static void read_each(volatile char *base, uint64_t pages) {
  for (uint64_t i = 0; i < pages; ++i) (void)base[i * kBytes];
}

// mmap, touches, munmap; anonymous where fd is -1.
static const char *pass(int fd, uint64_t pages, int sharing, int writes, struct bare_account *account) {
  const size_t size = pages * kBytes;
  const uint64_t begin = clock_ns();
  char *base = mmap(NULL, size, writes ? PROT_READ | PROT_WRITE : PROT_READ,
                    sharing | (fd < 0 ? MAP_ANONYMOUS : 0), fd, 0);
  if (base == MAP_FAILED) return "mmap";
  if (fd < 0) madvise(base, size, MADV_NOHUGEPAGE);  // fails where there are none to keep away
  open_window(account);
  if (writes) {
    write_each(base, pages);
  } else {
    read_each(base, pages);
  }
  close_window(account, pages);
  if (munmap(base, size) != 0) return "munmap";
  account->tool_ns = clock_ns() - begin;
  return NULL;
}

static int nameless_file(const char *folder) { return open(folder, O_RDWR | O_TMPFILE | O_CLOEXEC, 0600); }

// In memory page by page, and on the disk.
static const char *fill(int fd, uint64_t pages) {
  char piece[kBytes];
  memset(piece, 7, sizeof piece);
  for (uint64_t i = 0; i < pages; ++i) {
    if (pwrite(fd, piece, sizeof piece, (off_t)(i * kBytes)) != kBytes) return "pwrite";
  }
  return fsync(fd) == 0 ? NULL : "fsync";
}

// The pages have been read through a mapping that stays, as the scenario's have: what was only written may be
// in no cache of the processor, and the first mapping of a page is counted (NR_FILE_MAPPED), which a second
// is not.
static const char *filled_file_pass(uint64_t pages, const char *folder, int sharing, int writes,
                                    struct bare_account *account) {
  const int fd = nameless_file(folder);
  if (fd < 0) return "open a nameless file";
  const char *failed = fill(fd, pages);
  char *held = mmap(NULL, pages * kBytes, PROT_READ, MAP_SHARED, fd, 0);
  if (failed == NULL && held == MAP_FAILED) failed = "mmap";
  if (failed == NULL) read_each(held, pages);
  if (failed == NULL) failed = pass(fd, pages, sharing, writes, account);
  if (held != MAP_FAILED) munmap(held, pages * kBytes);
  close(fd);
  return failed;
}

const char *bare_anon_write(uint64_t pages, const char *folder, struct bare_account *account) {
  (void)folder;
  return pass(-1, pages, MAP_PRIVATE, 1, account);
}

const char *bare_file_private_write(uint64_t pages, const char *folder, struct bare_account *account) {
  return filled_file_pass(pages, folder, MAP_PRIVATE, 1, account);
}

const char *bare_file_shared_write(uint64_t pages, const char *folder, struct bare_account *account) {
  return filled_file_pass(pages, folder, MAP_SHARED, 1, account);
}

const char *bare_file_warm(uint64_t pages, const char *folder, struct bare_account *account) {
  return filled_file_pass(pages, folder, MAP_SHARED, 0, account);
}

// The first round brings the pages in and, where shared, has the file system find room for each: every later
// one meets them as the first left them.
static const char *second_pass(uint64_t pages, const char *folder, int sharing,
                               struct bare_account *account) {
  const int fd = nameless_file(folder);
  if (fd < 0) return "open a nameless file";
  const char *failed = ftruncate(fd, (off_t)(pages * kBytes)) == 0 ? NULL : "ftruncate";
  struct bare_account first = {0};
  if (failed == NULL) failed = pass(fd, pages, sharing, 1, &first);
  if (failed == NULL) failed = pass(fd, pages, sharing, 1, account);
  account->first_ns = first.tool_ns;
  close(fd);
  return failed;
}

const char *bare_page_fault2(uint64_t pages, const char *folder, struct bare_account *account) {
  return second_pass(pages, folder, MAP_PRIVATE, account);
}

const char *bare_page_fault3(uint64_t pages, const char *folder, struct bare_account *account) {
  return second_pass(pages, folder, MAP_SHARED, account);
}

// Fisher and Yates, with xorshift64 (Marsaglia 2003).
static void shuffle(uint64_t *order, uint64_t count) {
  uint64_t state = 88172645463325252u;
  for (uint64_t i = 0; i < count; ++i) order[i] = i;
  for (uint64_t i = count - 1; i > 0; --i) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    const uint64_t j = state % (i + 1);
    const uint64_t kept = order[i];
    order[i] = order[j];
    order[j] = kept;
  }
}

static const char *map_again(int fd, size_t size, char **base) {
  if (*base != NULL && munmap(*base, size) != 0) return "munmap";
  *base = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
  if (*base == MAP_FAILED) return "mmap";
  return msync(*base, size, MS_INVALIDATE) == 0 ? NULL : "msync";
}

// Touches and mapping again; what mapping again takes by itself is subtracted by the caller.
static const char *shuffled_round(int fd, char **base, const uint64_t *order, uint64_t pages,
                                  struct bare_account *account) {
  const uint64_t begin = clock_ns();
  open_window(account);
  volatile char *place = *base;
  for (uint64_t i = 0; i < pages; ++i) (void)place[order[i] * kBytes];
  close_window(account, pages);
  const char *failed = map_again(fd, pages * kBytes, base);
  account->tool_ns = clock_ns() - begin;
  return failed;
}

static const char *lat_pagefault(int fd, const uint64_t *order, uint64_t pages,
                                 struct bare_account *account) {
  const size_t size = pages * kBytes;
  char *base = NULL;
  const char *failed = map_again(fd, size, &base);
  if (failed == NULL) failed = shuffled_round(fd, &base, order, pages, account);
  const uint64_t begin = clock_ns();
  if (failed == NULL) failed = map_again(fd, size, &base);
  const uint64_t mapping_ns = clock_ns() - begin;
  if (failed == NULL) failed = shuffled_round(fd, &base, order, pages, account);
  account->tool_ns = account->tool_ns > mapping_ns ? account->tool_ns - mapping_ns : 0;
  return failed;
}

const char *bare_lat_pagefault(uint64_t pages, const char *folder, struct bare_account *account) {
  uint64_t *order = malloc(pages * sizeof *order);
  const int fd = nameless_file(folder);
  if (fd < 0 || order == NULL) {
    free(order);
    return "open a nameless file";
  }
  shuffle(order, pages);
  const char *failed = fill(fd, pages);
  if (failed == NULL) failed = lat_pagefault(fd, order, pages, account);
  close(fd);
  free(order);
  return failed;
}

static sigjmp_buf after;
static volatile uint64_t caught, enough;

static void leave(int number) {
  (void)number;
  siglongjmp(after, 1);
}

static void allow(int number, siginfo_t *info, void *context) {
  (void)number;
  (void)context;
  char *page = (char *)((uintptr_t)info->si_addr & ~(uintptr_t)(kBytes - 1));
  ++caught;
  if (mprotect(page, kBytes, PROT_READ | PROT_WRITE) != 0) _exit(1);
}

static void again(int number) {
  (void)number;
  if (++caught == enough) siglongjmp(after, 1);
}

static void nothing(int number) { (void)number; }

static const char *no_access(uint64_t pages, char **base) {
  *base = mmap(NULL, pages * kBytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return *base == MAP_FAILED ? "mmap" : NULL;
}

// SA_NODEFER: a jump out of the handler need not put the mask back.
const char *bare_segv_protected(uint64_t pages, const char *folder, struct bare_account *account) {
  (void)folder;
  const struct sigaction action = {.sa_handler = leave, .sa_flags = SA_NODEFER};
  char *base;
  const char *failed = no_access(pages, &base);
  if (failed != NULL) return failed;
  if (sigaction(SIGSEGV, &action, NULL) != 0) return "sigaction";
  volatile uint64_t next = 0;
  open_window(account);
  if (sigsetjmp(after, 0) != 0) next = next + 1;
  if (next < pages) {
    (void)*(volatile char *)(base + next * kBytes);
    errno = 0;
    return "read what may not be read";
  }
  close_window(account, pages);
  return NULL;
}

const char *bare_segv_repaired(uint64_t pages, const char *folder, struct bare_account *account) {
  (void)folder;
  const struct sigaction action = {.sa_sigaction = allow, .sa_flags = SA_SIGINFO | SA_NODEFER};
  char *base;
  const char *failed = no_access(pages, &base);
  if (failed != NULL) return failed;
  if (sigaction(SIGSEGV, &action, NULL) != 0) return "sigaction";
  caught = 0;
  open_window(account);
  write_each(base, pages);
  close_window(account, caught);
  return NULL;
}

// What catching a signal costs beside sending it: the tool's second term.
static uint64_t catching_ns(uint64_t signals) {
  const pid_t self = getpid();
  const uint64_t begin = clock_ns();
  for (uint64_t i = 0; i < signals; ++i) kill(self, 0);
  const uint64_t middle = clock_ns();
  for (uint64_t i = 0; i < signals; ++i) kill(self, SIGUSR1);
  const uint64_t both = clock_ns() - middle;
  return both > middle - begin ? both - (middle - begin) : 0;
}

const char *bare_lat_sig_prot(uint64_t pages, const char *folder, struct bare_account *account) {
  const struct sigaction on_fault = {.sa_handler = again};
  const struct sigaction on_signal = {.sa_handler = nothing};
  const int fd = nameless_file(folder);
  if (fd < 0) return "open a nameless file";
  const char *failed = fill(fd, 1);
  if (failed != NULL) return failed;
  char *page = mmap(NULL, kBytes, PROT_READ, MAP_SHARED, fd, 0);
  if (page == MAP_FAILED) return "mmap";
  if (sigaction(SIGSEGV, &on_fault, NULL) != 0 || sigaction(SIGUSR1, &on_signal, NULL) != 0)
    return "sigaction";
  const uint64_t catching = catching_ns(pages);
  caught = 0;
  enough = pages;
  open_window(account);
  if (sigsetjmp(after, 0) == 0) *(volatile char *)page = 1;
  close_window(account, pages);
  account->tool_ns = account->ns > catching ? account->ns - catching : 0;
  return NULL;
}
