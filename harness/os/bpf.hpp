// The owner of a loaded BPF object: its programs stay attached as long as it lives.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "os/perf_event.hpp"

namespace faultlab::os {

// Does the running kernel have this tracepoint, with its types (BTF)?
bool kernel_has_tracepoint(const std::string& name);
// And this function, under this name?
bool kernel_has_function(const std::string& name);

class BpfObject {
 public:
  // From the bytes of an object file. Nothing is in the kernel yet.
  static Result<BpfObject> open(std::string_view image, const std::string& name);
  BpfObject(BpfObject&&) noexcept;
  BpfObject& operator=(BpfObject&&) noexcept;
  ~BpfObject();

  // Leaves a program out, for what this kernel lacks. Before load().
  void leave_out(const std::string& program);
  // A refusal carries the remedy.
  Result<> load();
  // Attaches a program that says itself where it belongs.
  Result<> attach(const std::string& program);
  // Attaches to a sampling event, from each of whose overflows the program is called.
  Result<> attach(const std::string& program, const PerfEvent& event);

  // A map's entry; key and value as the map declares them.
  template <class Key, class Entry>
  Result<> put(const std::string& map, const Key& key, const Entry& value) {
    return put_bytes(map, &key, sizeof key, &value, sizeof value);
  }
  // Every entry of a map that nobody adds to meanwhile.
  template <class Key, class Entry>
  Result<std::vector<Entry>> entries(const std::string& map) const {
    std::vector<Entry> all;
    Key key{};
    bool more = first_key(map, &key, sizeof key);
    while (more) {
      if (auto got = get(map, key, all.emplace_back()); !got) return propagate(std::move(got));
      more = next_key(map, &key, sizeof key);
    }
    return all;
  }
  template <class Key, class Entry>
  Result<> get(const std::string& map, const Key& key, Entry& into) const {
    return get_bytes(map, &key, sizeof key, &into, sizeof into);
  }

 private:
  struct State;
  explicit BpfObject(std::unique_ptr<State> state);
  Result<> put_bytes(const std::string& map, const void* key, std::size_t key_size, const void* value,
                     std::size_t value_size);
  Result<> get_bytes(const std::string& map, const void* key, std::size_t key_size, void* value,
                     std::size_t value_size) const;
  // False where there is none; the key is replaced.
  bool first_key(const std::string& map, void* key, std::size_t size) const;
  bool next_key(const std::string& map, void* key, std::size_t size) const;
  std::unique_ptr<State> state_;
};

}  // namespace faultlab::os
