// Starting a child.
#include "run/child_link.hpp"

#include <fcntl.h>
#include <sys/mman.h>

#include <new>

namespace faultlab::run {

// Touched and locked here, so that it is charged to the parent and never the trial's fault.
Result<ChildLink::Page> ChildLink::make_page() {
  auto memory = os::make_memfd("faultlab-progress", Bytes(sizeof(ProgressPage)));
  if (!memory) return propagate(std::move(memory));
  auto mapping =
      os::Mapping::of_file(*memory, Bytes(sizeof(ProgressPage)), PROT_READ | PROT_WRITE, MAP_SHARED);
  if (!mapping) return propagate(std::move(mapping));
  if (auto locked = mapping->lock(); !locked) return propagate(std::move(locked), "keep the progress page");
  auto* at = new (mapping->data()) ProgressPage{};
  return Page{std::move(*mapping), std::move(*memory), at};
}

Result<ChildLink> ChildLink::start(const MemoryCgroup* cgroup, std::optional<unsigned> cpu,
                                   const std::string& output, const std::string& word,
                                   const Json& assignment) {
  auto page = make_page();
  if (!page) return propagate(std::move(page));
  auto down = os::make_pipe();
  if (!down) return propagate(std::move(down));
  auto up = os::make_pipe();
  if (!up) return propagate(std::move(up));
  auto out = os::open_fd(output, O_WRONLY | O_CREAT | O_APPEND);
  if (!out) return propagate(std::move(out));
  auto entrance = cgroup == nullptr ? Result<os::Fd>(os::Fd()) : cgroup->entrance();
  if (!entrance) return propagate(std::move(entrance));
  auto child = os::Child::spawn({.program = os::kOwnProgram,
                                 .arguments = {"faultlab", word},
                                 .descriptors = {{down->read_end.get(), kOrdersFd},
                                                 {up->write_end.get(), kReportsFd},
                                                 {page->memory.get(), kProgressFd},
                                                 {out->get(), kOutputFd}},
                                 .cgroup_entrance = entrance->get(),
                                 .cpu = cpu});
  if (!child) return propagate(std::move(child));
  ChildLink link(std::move(*child), os::LineWriter(std::move(down->write_end)),
                 os::LineReader(std::move(up->read_end)), std::move(*page));
  link.tell(assignment.dump());
  return link;
}

}  // namespace faultlab::run
