// perf_event_open(2) and its rings.
#include "os/perf_event.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "os/file_limit.hpp"

namespace faultlab::os {
namespace {

// Records that wrap are put together in memory that is there already, up to this size.
constexpr std::size_t kUsualRecord = 256;

std::string perf_remedy(int code, const perf_event_attr& attributes) {
  switch (code) {
    case EACCES:
    case EPERM:
      return attributes.exclude_kernel != 0
                 ? "run as root, with CAP_PERFMON, or lower kernel.perf_event_paranoid to 2"
                 : "run as root, with CAP_PERFMON, or lower kernel.perf_event_paranoid to 1";
    case ENOENT:
    case EOPNOTSUPP:
      return "this machine has no such event; a virtual machine often has no PMU";
    case EMFILE:
      return "raise the limit of open files: ulimit -n";
    default:
      return {};
  }
}

Result<> control(const PerfEvent& event, unsigned long request, const char* doing) {
  if (::ioctl(event.fd().get(), request, 0) == 0) return {};
  return os_failure(fmt::format("{} the perf event {}", doing, event.name()));
}

}  // namespace

perf_event_attr perf_attributes(std::uint32_t type, std::uint64_t config, CountedMode mode) {
  perf_event_attr attributes{};
  attributes.size = sizeof attributes;
  attributes.type = type;
  attributes.config = config;
  attributes.exclude_kernel = mode == CountedMode::user;
  attributes.exclude_user = mode == CountedMode::kernel;
  attributes.exclude_hv = 1;
  return attributes;
}

perf_event_attr software_event(std::uint64_t config, CountedMode mode) {
  return perf_attributes(PERF_TYPE_SOFTWARE, config, mode);
}

perf_event_attr hardware_event(std::uint32_t type, std::uint64_t config, CountedMode mode) {
  perf_event_attr attributes = perf_attributes(type, config, mode);
  attributes.read_format = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING;
  return attributes;
}

Result<PerfEvent> PerfEvent::open(const perf_event_attr& attributes, const PerfTarget& target,
                                  const std::string& name) {
  const long raw =
      ::syscall(SYS_perf_event_open, &attributes, target.thread, target.cpu, -1, PERF_FLAG_FD_CLOEXEC);
  if (raw < 0) {
    const int code = errno;
    return os_failure("open the perf event " + name, perf_remedy(code, attributes));
  }
  Fd fd(static_cast<int>(raw));
  if (leaves_too_few_files(fd.get())) {
    return fail("open the perf event " + name + ": too few open files would be left for the harness",
                perf_remedy(EMFILE, attributes), EMFILE);
  }
  return PerfEvent(std::move(fd), name);
}

Result<std::uint64_t> PerfEvent::count() const {
  std::uint64_t value = 0;
  if (::read(fd_.get(), &value, sizeof value) != sizeof value)
    return os_failure("read the perf event " + name_);
  return value;
}

Result<TimedCount> PerfEvent::timed_count() const {
  TimedCount timed;
  static_assert(sizeof timed == 3 * sizeof(std::uint64_t), "the layout that read(2) fills");
  if (::read(fd_.get(), &timed, sizeof timed) != sizeof timed)
    return os_failure("read the perf event " + name_);
  return timed;
}

Result<> PerfEvent::set_filter(const std::string& expression) const {
  if (::ioctl(fd_.get(), PERF_EVENT_IOC_SET_FILTER, expression.c_str()) == 0) return {};
  return os_failure(fmt::format("filter the perf event {} by {}", name_, expression));
}

Result<std::uint64_t> PerfEvent::id() const {
  std::uint64_t value = 0;
  if (::ioctl(fd_.get(), PERF_EVENT_IOC_ID, &value) == 0) return value;
  return os_failure("ask for the number of the perf event " + name_);
}

Result<> PerfEvent::send_to_ring_of(const PerfEvent& other) const {
  if (::ioctl(fd_.get(), PERF_EVENT_IOC_SET_OUTPUT, other.fd().get()) == 0) return {};
  return os_failure(fmt::format("send the perf event {} to the ring of {}", name_, other.name()));
}

Result<> PerfEvent::enable() const { return control(*this, PERF_EVENT_IOC_ENABLE, "enable"); }
Result<> PerfEvent::disable() const { return control(*this, PERF_EVENT_IOC_DISABLE, "disable"); }

Result<> PerfEvent::redirect_to(const PerfEvent& leader) const {
  if (::ioctl(fd_.get(), PERF_EVENT_IOC_SET_OUTPUT, leader.fd().get()) == 0) return {};
  return os_failure("share the ring of the perf event " + name_);
}

Result<PerfRing> PerfRing::map(const PerfEvent& event, std::size_t data_pages) {
  const Bytes size((data_pages + 1) * kPage.value);
  auto mapping = Mapping::of_file(event.fd(), size, PROT_READ | PROT_WRITE, MAP_SHARED);
  if (!mapping) {
    return Failure(Error{"ring of " + event.name() + ": " + mapping.error().what,
                         "raise kernel.perf_event_mlock_kb, or run as root", mapping.error().code});
  }
  PerfRing ring;
  auto* control = reinterpret_cast<perf_event_mmap_page*>(mapping->data());
  static_assert(sizeof(std::atomic<std::uint64_t>) == sizeof control->data_head);
  ring.head_ = reinterpret_cast<const std::atomic<std::uint64_t>*>(&control->data_head);
  ring.shared_tail_ = reinterpret_cast<std::atomic<std::uint64_t>*>(&control->data_tail);
  ring.data_ = mapping->data() + kPage.value;
  ring.capacity_ = data_pages * kPage.value;
  ring.wrapped_.reserve(kUsualRecord);
  ring.mapping_ = std::move(*mapping);
  ring.bring_in();
  return ring;
}

void PerfRing::bring_in() {
  release(tail_);
  for (std::size_t at = 0; at < capacity_; at += kPage.value) {
    static_cast<void>(*reinterpret_cast<const volatile std::byte*>(data_ + at));
  }
}

std::size_t PerfRing::drain(const std::function<void(const perf_event_header&)>& visit) {
  const std::uint64_t end = head();
  std::size_t records = 0;
  for (std::uint64_t at = tail_; at < end; ++records) {
    const std::size_t place = at % capacity_;
    // A header is 8 bytes at a multiple of 8: it never wraps itself.
    const auto* header = reinterpret_cast<const perf_event_header*>(data_ + place);
    const std::size_t size = header->size;
    if (place + size > capacity_) {
      const std::size_t first = capacity_ - place;
      wrapped_.assign(reinterpret_cast<const char*>(data_ + place), first);
      wrapped_.append(reinterpret_cast<const char*>(data_), size - first);
      header = reinterpret_cast<const perf_event_header*>(wrapped_.data());
    }
    visit(*header);
    at += size;
  }
  release(end);
  return records;
}

}  // namespace faultlab::os
