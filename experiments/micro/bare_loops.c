// The bare loops: C, no harness header, nothing but the draw and the access.
#include "bare_loops.h"

#include <string.h>
#include <unistd.h>

enum { kPageBytes = 4096 };

// xorshift64 (Marsaglia 2003), scaled to [0, n) by the upper half of a product.
static inline uint64_t next_page(uint64_t *state, uint64_t n) {
  uint64_t x = *state;
  x ^= x << 13;
  x ^= x >> 7;
  x ^= x << 17;
  *state = x;
  __extension__ typedef unsigned __int128 wide;
  return (uint64_t)(((wide)x * n) >> 64);
}

static inline uint64_t first_word(const unsigned char *page) {
  uint64_t word;
  memcpy(&word, page, sizeof word);
  return word;
}

uint64_t bare_touch(const unsigned char *base, uint64_t pages, uint64_t accesses, uint64_t seed) {
  uint64_t sum = 0;
  for (uint64_t i = 0; i < accesses; ++i) sum += first_word(base + next_page(&seed, pages) * kPageBytes);
  return sum;
}

uint64_t bare_copy(const unsigned char *base, uint64_t pages, uint64_t accesses, uint64_t seed,
                   unsigned char *buffer) {
  uint64_t sum = 0;
  for (uint64_t i = 0; i < accesses; ++i) {
    memcpy(buffer, base + next_page(&seed, pages) * kPageBytes, kPageBytes);
    sum += first_word(buffer);
  }
  return sum;
}

uint64_t bare_pread(int fd, uint64_t pages, uint64_t accesses, uint64_t seed, unsigned char *buffer) {
  uint64_t sum = 0;
  for (uint64_t i = 0; i < accesses; ++i) {
    const off_t offset = (off_t)(next_page(&seed, pages) * kPageBytes);
    if (pread(fd, buffer, kPageBytes, offset) != kPageBytes) break;
    sum += first_word(buffer);
  }
  return sum;
}

uint64_t bare_sum(const unsigned char *base, uint64_t pages) {
  const uint64_t *words = (const uint64_t *)base;
  uint64_t sum = 0;
  for (uint64_t i = 0; i < pages * (kPageBytes / sizeof *words); ++i) sum += words[i];
  return sum;
}

void bare_stream_copy(double *restrict into, const double *restrict from, uint64_t numbers) {
  for (uint64_t i = 0; i < numbers; ++i) into[i] = from[i];
}
