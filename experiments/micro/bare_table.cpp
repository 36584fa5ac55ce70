// The bare loops by name.
#include "bare_table.hpp"

namespace faultlab::micro {
namespace {

constexpr BareRow kRows[] = {
    {"anon_write", bare_anon_write, false, true},
    {"file_private_write", bare_file_private_write, true, true},
    {"file_shared_write", bare_file_shared_write, true, true},
    {"file_warm", bare_file_warm, true, true},
    {"segv_protected", bare_segv_protected, false, false},
    {"segv_repaired", bare_segv_repaired, false, true},
    {"page_fault2", bare_page_fault2, true, true},
    {"page_fault3", bare_page_fault3, true, true},
    {"lat_pagefault", bare_lat_pagefault, true, true},
    {"lat_sig_prot", bare_lat_sig_prot, false, false},
};

}  // namespace

std::span<const BareRow> bare_table() { return kRows; }

}  // namespace faultlab::micro
