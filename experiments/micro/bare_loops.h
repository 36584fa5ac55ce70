// What a careful programmer writes by hand: the loops that the harness is compared with.
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Each makes `accesses` uniform random accesses to pages of 4 KiB and returns the sum of their first
// words. `seed` is not 0.
uint64_t bare_touch(const unsigned char *base, uint64_t pages, uint64_t accesses, uint64_t seed);
uint64_t bare_copy(const unsigned char *base, uint64_t pages, uint64_t accesses, uint64_t seed,
                   unsigned char *buffer);
// Stops at the first read that is not whole.
uint64_t bare_pread(int fd, uint64_t pages, uint64_t accesses, uint64_t seed, unsigned char *buffer);
// The sum of all words of these pages, in order.
uint64_t bare_sum(const unsigned char *base, uint64_t pages);
// STREAM's Copy (McCalpin 1995): so many numbers from one array into another, which do not overlap.
void bare_stream_copy(double *into, const double *from, uint64_t numbers);

#ifdef __cplusplus
}
#endif
