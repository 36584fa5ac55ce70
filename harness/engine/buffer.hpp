// A worker's private memory for one block, present before the window opens.
#pragma once

#include "base/result.hpp"
#include "base/units.hpp"
#include "catalogue/engine_spec.hpp"
#include "os/mapping.hpp"

namespace faultlab::engine {

// Page-aligned; every page has been written, so that none faults in the window.
inline Result<os::Mapping> touched_buffer(Bytes size) {
  auto buffer = os::Mapping::anonymous(size);
  if (!buffer) return propagate(std::move(buffer), "the worker's buffer");
  for (std::size_t i = 0; i < buffer->size(); i += kPage.value) buffer->data()[i] = std::byte{1};
  return buffer;
}

// Where a worker copies blocks to: nothing but for Consume::copy.
inline Result<os::Mapping> copy_buffer(const AccessSetup& setup) {
  if (setup.consume != Consume::copy) return os::Mapping();
  return touched_buffer(setup.block);
}

}  // namespace faultlab::engine
