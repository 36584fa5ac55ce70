// What a program says to faultlab of its own work, where it runs as a trial: docs/applications.md has the
// lines. By hand, without faultlab, it says nothing and waits for nobody.
#pragma once

#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace drivers {

class Report {
 public:
  // Up to here is preparation, from here on it counts; and the other way round.
  void begin() { mark("begin\n"); }
  void end() { mark("end\n"); }

  // So many more units of work, done since it was last said: now and then, so that they show over time.
  void done(std::uint64_t accesses, std::uint64_t bytes) {
    say("accesses %" PRIu64 "\nbytes %" PRIu64 "\n", accesses, bytes);
  }
  void checksum(std::uint64_t sum) { say("checksum %016" PRIx64 "\n", sum); }

 private:
  static std::FILE* open(const char* variable, const char* mode) {
    const char* path = std::getenv(variable);
    return path == nullptr ? nullptr : std::fopen(path, mode);
  }
  template <class... Numbers>
  static void say(const char* format, Numbers... numbers) {
    std::FILE* lines = open("FAULTLAB_REPORT", "a");
    std::fprintf(lines == nullptr ? stdout : lines, format, numbers...);
    if (lines != nullptr) std::fclose(lines);
  }
  // Writes the line, and waits until faultlab has read its counters.
  static void mark(const char* line) {
    std::FILE* lines = open("FAULTLAB_REPORT", "a");
    std::FILE* go = open("FAULTLAB_GO", "r");
    if (lines == nullptr || go == nullptr) return;
    std::fputs(line, lines);
    std::fclose(lines);
    char answer[16];
    [[maybe_unused]] const char* read = std::fgets(answer, sizeof answer, go);
    std::fclose(go);
  }
};

}  // namespace drivers
