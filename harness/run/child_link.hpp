// The parent's end of a trial: the child in its cgroup, the lines both ways, the progress page.
#pragma once

#include <optional>
#include <string>

#include "base/result.hpp"
#include "host/cgroup.hpp"
#include "measure/progress.hpp"
#include "os/line_channel.hpp"
#include "os/mapping.hpp"
#include "os/process.hpp"
#include "run/protocol.hpp"

namespace faultlab::run {

class ChildLink {
 public:
  // Starts this program again inside `cgroup` (which may be null) with a hidden command-line word, and
  // hands it its assignment as the first line. `output` is the file that a command's output goes to; `cpu`,
  // where there is one, the only processor that it has run on when it reads the line.
  static Result<ChildLink> start(const MemoryCgroup* cgroup, std::optional<unsigned> cpu,
                                 const std::string& output, const std::string& word, const Json& assignment);
  ChildLink(ChildLink&&) noexcept = default;

  os::Child& child() { return child_; }
  os::LineReader& reports() { return reports_; }
  ProgressPage& progress() { return *progress_; }
  // A child that is gone is noticed, with its reason, by whoever reads its reports next.
  void tell(const std::string& line) { [[maybe_unused]] auto sent = orders_.send(line); }

 private:
  struct Page {
    os::Mapping mapping;
    os::Fd memory;
    ProgressPage* at = nullptr;
  };
  static Result<Page> make_page();
  ChildLink(os::Child child, os::LineWriter orders, os::LineReader reports, Page page)
      : child_(std::move(child)),
        orders_(std::move(orders)),
        reports_(std::move(reports)),
        mapping_(std::move(page.mapping)),
        progress_(page.at) {}

  os::Child child_;
  os::LineWriter orders_;
  os::LineReader reports_;
  os::Mapping mapping_;
  ProgressPage* progress_;
};

}  // namespace faultlab::run
