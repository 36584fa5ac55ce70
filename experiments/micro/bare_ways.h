/* Ways to move a file's first `size` bytes, `block` by block, to a sink. Each ends the process where a call fails. */
#pragma once
#include <stddef.h>

void die(const char* what) __attribute__((noreturn));

struct way {
  const char* name;
  void (*send)(int file, int sink, size_t size, size_t block);
  int flags;    /* of open(2), beside O_RDONLY */
  int to_file;  /* the sink is a file, and no connection */
};

extern const struct way kPlainWays[];
extern const struct way kUringWays[];
