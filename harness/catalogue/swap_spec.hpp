// Swap: where a trial's anonymous memory can go.
#pragma once

#include <memory>
#include <string>

#include "base/result.hpp"
#include "catalogue/row.hpp"

namespace faultlab {

namespace host {
class Journal;  // host/journal.hpp
}

struct SwapRequest {
  std::string folder;  // for files, on the host's own file system
  std::shared_ptr<host::Journal> journal;
};

// An area of the trial's own, in use while this lives.
class SwapPlace {
 public:
  virtual ~SwapPlace() = default;
  virtual const std::string& path() const = 0;
  virtual Bytes size() const = 0;
  virtual int priority() const = 0;
  virtual std::string algorithm() const { return {}; }  // that compresses what is stored; empty: none does
};

struct SwapSpec {
  Row row;
  // What a page that comes back costs besides the fault: a read that is waited for, or none.
  bool waits;
  // Null where there is nothing to enable: then the trial may not swap at all.
  Result<std::unique_ptr<SwapPlace>> (*enable)(const SwapRequest& request, const Options& options);
};

}  // namespace faultlab
