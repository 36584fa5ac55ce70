// What is known of the terminal behind a stream.
#pragma once

#include <cstddef>
#include <cstdio>

namespace faultlab::os {

// The columns of the terminal behind the stream, now; 0 where there is no terminal, or one that cannot go
// back to the start of a line. A terminal that does not tell its size has 80.
std::size_t terminal_columns(std::FILE* stream);

}  // namespace faultlab::os
