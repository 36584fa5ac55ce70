// Before a trial begins: its files are there, whole, and with no page in memory.
#pragma once

#include <vector>

#include "catalogue/data_file.hpp"
#include "run/outcome.hpp"
#include "run/supervisor.hpp"

namespace faultlab::run {

// The dataset, or what a command reads; none where neither is known. Every trial begins with nothing of them
// in memory: what is cached already is charged elsewhere. A dataset that is no longer whole is made again,
// and the record says so.
OrEnding<std::vector<DataFile>> settle_files(const Stage& stage, const config::Trial& trial,
                                             record::Record& record);

}  // namespace faultlab::run
