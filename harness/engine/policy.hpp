// The access policy's words in the kernel's terms, alike for mappings and descriptors.
#pragma once

#include <fcntl.h>
#include <sys/mman.h>

#include <array>
#include <string>

#include "base/result.hpp"
#include "catalogue/engine_spec.hpp"
#include "os/fd.hpp"
#include "os/file.hpp"
#include "os/mapping.hpp"

namespace faultlab::engine {

// populate_read fills page tables, which a descriptor does not have.
inline constexpr std::array kDescriptorAdvices = {Advice::normal, Advice::random, Advice::sequential,
                                                  Advice::willneed};
inline constexpr std::array kMappingAdvices = {Advice::normal, Advice::random, Advice::sequential,
                                               Advice::willneed, Advice::populate_read};
// Where populating is the engine itself, the policies that would read ahead of use are left out. The others
// can only be set once the mapping exists: they govern the pages that reclaim has taken since.
inline constexpr std::array kPopulatedAdvices = {Advice::normal, Advice::random, Advice::sequential};
inline constexpr std::array kNormalOnly = {Advice::normal};

// willneed and populate_read read the file, so they belong into the window; the others only set how
// later faults and reads behave, and belong before it.
constexpr bool does_io(Advice advice) {
  return advice == Advice::willneed || advice == Advice::populate_read;
}

// madvise(2); nothing for `normal`, which a new mapping has.
inline Result<> advise(const os::Mapping& mapping, Advice advice) {
  switch (advice) {
    case Advice::normal:
      return {};
    case Advice::random:
      return mapping.advise(MADV_RANDOM);
    case Advice::sequential:
      return mapping.advise(MADV_SEQUENTIAL);
    case Advice::willneed:
      return mapping.advise(MADV_WILLNEED);
    case Advice::populate_read:
      return mapping.advise(MADV_POPULATE_READ);
  }
  return {};
}

// posix_fadvise(2); the policy belongs to the open file description (mm/fadvise.c), not to the file.
inline Result<> advise(const os::Fd& fd, Advice advice, const std::string& path) {
  switch (advice) {
    case Advice::normal:
      return {};
    case Advice::random:
      return os::advise_file(fd, POSIX_FADV_RANDOM, path);
    case Advice::sequential:
      return os::advise_file(fd, POSIX_FADV_SEQUENTIAL, path);
    case Advice::willneed:
      return os::advise_file(fd, POSIX_FADV_WILLNEED, path);
    case Advice::populate_read:
      return fail("populate_read on the descriptor of " + path + ": it has no page tables to fill",
                  "use willneed with read engines");
  }
  return {};
}

}  // namespace faultlab::engine
