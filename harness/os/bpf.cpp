// BPF objects by libbpf.
#include "os/bpf.hpp"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>
#include <vector>

namespace faultlab::os {
namespace {

struct CloseObject {
  void operator()(bpf_object* object) const { ::bpf_object__close(object); }
};
struct DestroyLink {
  void operator()(bpf_link* link) const { ::bpf_link__destroy(link); }
};

// libbpf talks to stderr unless told otherwise; its errors come back as errno.
int say_nothing(libbpf_print_level, const char*, va_list) { return 0; }

std::string remedy_of(int code) {
  switch (code) {
    case EPERM:
    case EACCES:
      return "run as root (CAP_BPF and CAP_PERFMON), on a kernel whose lockdown allows it "
             "(docs/setup.md#bpf)";
    case EINVAL:
    case ESRCH:
    case ENOENT:
    case EOPNOTSUPP:
      return "use Linux 5.19 or later with CONFIG_DEBUG_INFO_BTF (docs/setup.md#bpf)";
    default:
      return {};
  }
}

Failure bpf_failure(const std::string& doing) {
  const int code = errno;
  return os_failure(doing, remedy_of(code));
}

}  // namespace

struct BpfObject::State {
  std::unique_ptr<bpf_object, CloseObject> object;
  std::string name;
  // After the object: programs are detached first.
  std::vector<std::unique_ptr<bpf_link, DestroyLink>> links;
};

BpfObject::BpfObject(std::unique_ptr<State> state) : state_(std::move(state)) {}
BpfObject::BpfObject(BpfObject&&) noexcept = default;
BpfObject& BpfObject::operator=(BpfObject&&) noexcept = default;
BpfObject::~BpfObject() = default;

bool kernel_has_tracepoint(const std::string& name) {
  ::libbpf_set_print(say_nothing);
  return ::libbpf_find_vmlinux_btf_id(name.c_str(), BPF_TRACE_RAW_TP) > 0;
}

bool kernel_has_function(const std::string& name) {
  ::libbpf_set_print(say_nothing);
  return ::libbpf_find_vmlinux_btf_id(name.c_str(), BPF_TRACE_FENTRY) > 0;
}

Result<BpfObject> BpfObject::open(std::string_view image, const std::string& name) {
  ::libbpf_set_print(say_nothing);
  bpf_object_open_opts options{};
  options.sz = sizeof options;
  options.object_name = name.c_str();
  bpf_object* object = ::bpf_object__open_mem(image.data(), image.size(), &options);
  if (object == nullptr) return bpf_failure("open the BPF object " + name);
  auto state = std::make_unique<State>();
  state->object.reset(object);
  state->name = name;
  return BpfObject(std::move(state));
}

void BpfObject::leave_out(const std::string& program) {
  bpf_program* found = ::bpf_object__find_program_by_name(state_->object.get(), program.c_str());
  if (found != nullptr) ::bpf_program__set_autoload(found, false);
}

Result<> BpfObject::load() {
  if (::bpf_object__load(state_->object.get()) == 0) return {};
  return bpf_failure("load the BPF object " + state_->name);
}

Result<> BpfObject::attach(const std::string& program) {
  bpf_program* found = ::bpf_object__find_program_by_name(state_->object.get(), program.c_str());
  if (found == nullptr) return fail("the BPF object has no program " + program);
  bpf_link* link = ::bpf_program__attach(found);
  if (link == nullptr) return bpf_failure("attach the BPF program " + program);
  state_->links.emplace_back(link);
  return {};
}

Result<> BpfObject::attach(const std::string& program, const PerfEvent& event) {
  bpf_program* found = ::bpf_object__find_program_by_name(state_->object.get(), program.c_str());
  if (found == nullptr) return fail("the BPF object has no program " + program);
  // The link closes the descriptor that it is given: it gets one of its own.
  Fd own(::fcntl(event.fd().get(), F_DUPFD_CLOEXEC, 0));
  if (!own.held()) return os_failure("copy the descriptor of " + event.name());
  bpf_link* link = ::bpf_program__attach_perf_event(found, own.get());
  if (link == nullptr) return bpf_failure(fmt::format("attach {} to {}", program, event.name()));
  own.release();
  state_->links.emplace_back(link);
  return {};
}

Result<> BpfObject::put_bytes(const std::string& map, const void* key, std::size_t key_size,
                              const void* value, std::size_t value_size) {
  bpf_map* found = ::bpf_object__find_map_by_name(state_->object.get(), map.c_str());
  if (found == nullptr) return fail("the BPF object has no map " + map);
  if (::bpf_map__update_elem(found, key, key_size, value, value_size, BPF_ANY) == 0) return {};
  return bpf_failure("write to the BPF map " + map);
}

Result<> BpfObject::get_bytes(const std::string& map, const void* key, std::size_t key_size, void* value,
                              std::size_t value_size) const {
  bpf_map* found = ::bpf_object__find_map_by_name(state_->object.get(), map.c_str());
  if (found == nullptr) return fail("the BPF object has no map " + map);
  if (::bpf_map__lookup_elem(found, key, key_size, value, value_size, 0) == 0) return {};
  return bpf_failure("read the BPF map " + map);
}

bool BpfObject::first_key(const std::string& map, void* key, std::size_t size) const {
  bpf_map* found = ::bpf_object__find_map_by_name(state_->object.get(), map.c_str());
  return found != nullptr && ::bpf_map__get_next_key(found, nullptr, key, size) == 0;
}

bool BpfObject::next_key(const std::string& map, void* key, std::size_t size) const {
  bpf_map* found = ::bpf_object__find_map_by_name(state_->object.get(), map.c_str());
  return found != nullptr && ::bpf_map__get_next_key(found, key, key, size) == 0;
}

}  // namespace faultlab::os
