// Whether the host has room for what the trials will take, looked at before anything is changed.
#pragma once

#include <string>
#include <vector>

#include "run/run.hpp"

namespace faultlab::run {

// Memory of trials, zram areas, huge pages of the pools and media in memory against what is available; swap
// files and media on it against the data folder's disk. (Datasets are checked where they are made.) One entry
// for the largest demand of each kind; empty: there is room.
std::vector<Unmet> lacking_room(const config::Experiment& experiment, const Catalogue& catalogue,
                                const std::string& data_folder);

}  // namespace faultlab::run
