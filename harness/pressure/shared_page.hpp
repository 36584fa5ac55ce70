// A page that this process shares with a helper that it starts.
#pragma once

#include <sys/mman.h>

#include <new>
#include <utility>

#include "base/result.hpp"
#include "os/fd.hpp"
#include "os/mapping.hpp"

namespace faultlab {

template <class Page>
class SharedPage {
 public:
  static Result<SharedPage> make(const char* name) {
    SharedPage shared;
    auto memory = os::make_memfd(name, Bytes(sizeof(Page)));
    if (!memory) return propagate(std::move(memory));
    auto mapping = os::Mapping::of_file(*memory, Bytes(sizeof(Page)), PROT_READ | PROT_WRITE, MAP_SHARED);
    if (!mapping) return propagate(std::move(mapping));
    shared.memory_ = std::move(*memory);
    shared.mapping_ = std::move(*mapping);
    new (shared.mapping_.data()) Page{};  // touched here: charged to us
    return shared;
  }
  SharedPage() = default;

  const os::Fd& fd() const { return memory_; }
  bool held() const { return mapping_.held(); }
  // Precondition: held().
  Page& page() const { return *reinterpret_cast<Page*>(mapping_.data()); }

 private:
  os::Fd memory_;
  os::Mapping mapping_;
};

}  // namespace faultlab
