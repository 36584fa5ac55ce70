// Writes seeded mutants of a config to a folder, one file each: mutant_writer CONFIG COUNT SEED FOLDER.
#include <fmt/format.h>

#include <fstream>
#include <sstream>
#include <string>

#include "support/mutate.hpp"

int main(int argc, char** argv) {
  if (argc != 5) {
    fmt::print(stderr, "usage: mutant_writer CONFIG COUNT SEED FOLDER\n");
    return 2;
  }
  std::ostringstream base;
  base << std::ifstream(argv[1]).rdbuf();
  const auto count = static_cast<unsigned>(std::stoul(argv[2]));
  unsigned number = 0;
  for (const std::string& text : faultlab::testing::mutants(base.str(), count, std::stoull(argv[3]))) {
    std::ofstream file(fmt::format("{}/{:04}.json", argv[4], number++), std::ios::binary);
    file << text;
    if (!file.flush()) {
      fmt::print(stderr, "mutant_writer: cannot write below {}\n", argv[4]);
      return 1;
    }
  }
  return 0;
}
