// Lines of text over a pipe, each way: how parent and child talk outside the timed window.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.hpp"
#include "os/fd.hpp"

namespace faultlab::os {

class LineReader {
 public:
  explicit LineReader(Fd fd) : fd_(std::move(fd)) {}
  const Fd& fd() const { return fd_; }
  // The next line, blocking until it is whole; nullopt at the end of the stream.
  Result<std::optional<std::string>> next();
  // The same without waiting, of what has come already; nullopt: no whole line yet.
  Result<std::optional<std::string>> next_if_there();
  // What has come after the last whole line; it is then gone.
  std::string take_rest() { return std::exchange(pending_, {}); }

 private:
  std::optional<std::string> held_line();
  // How many bytes came; 0 at the end of the stream.
  Result<std::size_t> read_more();

  Fd fd_;
  std::string pending_;
};

class LineWriter {
 public:
  explicit LineWriter(Fd fd) : fd_(std::move(fd)) {}
  Result<> send(std::string_view line);

 private:
  Fd fd_;
};

}  // namespace faultlab::os
