// Several files as one: those that a program of the user's reads, counted, dropped and warmed together.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "catalogue/data_file.hpp"
#include "measure/reading.hpp"

namespace faultlab::dataset {

// The regular files at these paths, each once, in the order of the paths; of a folder all below it, by name.
// An error where a path leads nowhere, where nothing was found, or more than anybody looks at.
Result<std::vector<DataFile>> find_files(const std::vector<std::string>& paths);

Bytes total_size(std::span<const DataFile> files);
// Each file rounded up: no two share a page.
PageCount total_pages(std::span<const DataFile> files);

// Each as dataset.hpp has it for one.
Result<> drop(std::span<const DataFile> files);
Result<> warm(std::span<const DataFile> files, Bytes write_chunk, int passes);
// Of all files together; missing where one cannot be asked.
Value resident_pages(std::span<const DataFile> files);

}  // namespace faultlab::dataset
