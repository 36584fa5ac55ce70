// BPF objects in a build without libbpf or clang: there are none.
#include "os/bpf.hpp"

namespace faultlab::os {

struct BpfObject::State {};

BpfObject::BpfObject(std::unique_ptr<State> state) : state_(std::move(state)) {}
BpfObject::BpfObject(BpfObject&&) noexcept = default;
BpfObject& BpfObject::operator=(BpfObject&&) noexcept = default;
BpfObject::~BpfObject() = default;

namespace {
Failure absent() {
  return fail("this program was built without BPF", "install clang and libbpf-dev, and build again");
}
}  // namespace

bool kernel_has_tracepoint(const std::string&) { return false; }
bool kernel_has_function(const std::string&) { return false; }
Result<BpfObject> BpfObject::open(std::string_view, const std::string&) { return absent(); }
void BpfObject::leave_out(const std::string&) {}
Result<> BpfObject::load() { return absent(); }
Result<> BpfObject::attach(const std::string&) { return absent(); }
Result<> BpfObject::attach(const std::string&, const PerfEvent&) { return absent(); }
Result<> BpfObject::put_bytes(const std::string&, const void*, std::size_t, const void*, std::size_t) {
  return absent();
}
Result<> BpfObject::get_bytes(const std::string&, const void*, std::size_t, void*, std::size_t) const {
  return absent();
}

bool BpfObject::first_key(const std::string&, void*, std::size_t) const { return false; }
bool BpfObject::next_key(const std::string&, void*, std::size_t) const { return false; }

}  // namespace faultlab::os
