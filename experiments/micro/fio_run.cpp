// Starting fio and reading what it reports.
#include "fio_run.hpp"

#include <fmt/format.h>

#include <array>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

namespace faultlab::micro {
namespace {

// Standard output of a shell command that succeeds.
Result<std::string> output_of(const std::string& command) {
  std::FILE* stream = ::popen(command.c_str(), "r");
  if (stream == nullptr) return fail("start `" + command + "`");
  std::string text;
  std::array<char, 4096> chunk;
  while (const std::size_t got = std::fread(chunk.data(), 1, chunk.size(), stream)) {
    text.append(chunk.data(), got);
  }
  if (const int status = ::pclose(stream); status != 0) {
    return fail(fmt::format("`{}` ended with status {}", command, status));
  }
  return text;
}

std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

}  // namespace

Result<std::string> fio_version() {
  auto text = output_of("fio --version 2>/dev/null");
  if (!text) return fail("fio is not installed", "install the package fio");
  return text->substr(0, text->find('\n'));
}

// invalidate=0 keeps the file in the cache; without fadvise_hint=0 fio would set MADV_RANDOM, which
// the other warm loops do not; norandommap draws without the bitmap of blocks already visited.
Result<double> fio_rate(const FioJob& job, const std::string& path, Bytes size) {
  const std::string how = job.cold > 0
                              ? fmt::format("--invalidate=1 --fadvise_hint=random --number_ios={}", job.cold)
                              : std::string("--invalidate=0 --fadvise_hint=0 --time_based --runtime=2");
  auto text = output_of(fmt::format(
      "fio --name=speed --ioengine={} --filename={} --size={} --rw={} --bs={} --iodepth={} "
      "--direct={} {} --norandommap --randrepeat=0 --output-format=json 2>/dev/null",
      job.engine, quoted(path), size.value, job.order, job.block, job.depth, job.direct ? 1 : 0, how));
  if (!text) return propagate(std::move(text));
  const auto report = nlohmann::json::parse(*text, nullptr, false);
  const auto rate = report.is_discarded() ? nlohmann::json()
                                          : report.value("/jobs/0/read/iops"_json_pointer, nlohmann::json());
  if (!rate.is_number()) return fail("fio's report has no rate");
  return rate.get<double>();
}

}  // namespace faultlab::micro
