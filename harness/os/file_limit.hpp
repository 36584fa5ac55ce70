// How many files this process may hold open: one perf event on each of many threads is many files.
#pragma once

#include <sys/resource.h>

namespace faultlab::os {

// Raises the soft limit to the hard one (getrlimit(2)). Children that we start get the old one back.
void raise_file_limit();
// As it was before raise_file_limit().
rlimit original_file_limit();

// True where descriptor `raw` leaves so few others that the harness could not do its own work. The kernel
// gives the lowest free number, so the number tells how many are in use.
bool leaves_too_few_files(int raw);

}  // namespace faultlab::os
