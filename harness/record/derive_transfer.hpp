// Copies and crossings, and what follows for a transfer: costs for the bytes that it moved.
#pragma once

#include <optional>

#include "measure/reading.hpp"

namespace faultlab::record {

// What the sender's CPU copied, where the pages on the wire or the copying functions were looked at; of any
// trial. After derive().
void derive_copies(Readings& readings);
// Between user and kernel mode, where system calls were counted; of any trial.
void derive_crossings(Readings& readings);
// Of a transfer, before derive_copies(). `copies_into` is how often the kernel is known to copy a byte into
// the sink, the reads apart; nothing: what a file does not share with the dataset, once.
void derive_transfer(Readings& readings, std::optional<unsigned> copies_into);

}  // namespace faultlab::record
