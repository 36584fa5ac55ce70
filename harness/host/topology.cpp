// Topology and binding on top of hwloc 2.
#include "host/topology.hpp"

#include <fmt/format.h>
#include <hwloc.h>
#include <sched.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <tuple>
#include <vector>

#include "os/fd.hpp"

namespace faultlab::host {
namespace {

struct TopologyRelease {
  void operator()(hwloc_topology_t topology) const { hwloc_topology_destroy(topology); }
};
using TopologyOwner = std::unique_ptr<hwloc_topology, TopologyRelease>;

struct BitmapRelease {
  void operator()(hwloc_bitmap_t bitmap) const { hwloc_bitmap_free(bitmap); }
};
using Bitmap = std::unique_ptr<hwloc_bitmap_s, BitmapRelease>;

struct Unit {
  unsigned os_index = 0;
  unsigned core = 0;    // logical index
  unsigned thread = 0;  // which hardware thread of its core
  unsigned place = 0;   // package and NUMA node, numbered as met
  unsigned rank = 0;    // of its core within the place
};

std::vector<Unit> units_of(hwloc_topology_t topology) {
  std::vector<Unit> units;
  std::map<unsigned, unsigned> threads_of_core;
  std::map<std::pair<unsigned, int>, unsigned> place_numbers;
  std::map<unsigned, unsigned> cores_of_place;
  hwloc_obj_t unit = nullptr;
  while ((unit = hwloc_get_next_obj_by_type(topology, HWLOC_OBJ_PU, unit)) != nullptr) {
    const auto* core = hwloc_get_ancestor_obj_by_type(topology, HWLOC_OBJ_CORE, unit);
    const auto* package = hwloc_get_ancestor_obj_by_type(topology, HWLOC_OBJ_PACKAGE, unit);
    const std::pair at{package == nullptr ? 0U : package->logical_index, hwloc_bitmap_first(unit->nodeset)};
    const auto place = place_numbers.emplace(at, static_cast<unsigned>(place_numbers.size())).first->second;
    Unit found{.os_index = unit->os_index,
               .core = core == nullptr ? unit->logical_index : core->logical_index,
               .thread = 0,
               .place = place,
               .rank = 0};
    found.thread = threads_of_core[found.core]++;
    if (found.thread == 0) ++cores_of_place[place];
    found.rank = cores_of_place[place] - 1;
    units.push_back(found);
  }
  return units;
}

std::vector<Unit> in_order(std::vector<Unit> units, config::Binding binding) {
  const bool scatter = binding == config::Binding::scatter;
  std::sort(units.begin(), units.end(), [scatter](const Unit& a, const Unit& b) {
    const auto key = [scatter](const Unit& u) {
      return scatter ? std::tuple(u.thread, u.rank, u.place) : std::tuple(u.thread, u.core, 0U);
    };
    return key(a) < key(b);
  });
  return units;
}

}  // namespace

struct Topology::State {
  TopologyOwner owner;
  std::vector<Unit> compact, scatter;

  hwloc_topology_t get() const { return owner.get(); }
  const std::vector<Unit>& order(config::Binding binding) const {
    return binding == config::Binding::scatter ? scatter : compact;
  }
};

Topology::Topology(std::unique_ptr<State> state) : state_(std::move(state)) {}
Topology::Topology(Topology&&) noexcept = default;
Topology& Topology::operator=(Topology&&) noexcept = default;
Topology::~Topology() = default;

// Processors that the cpuset cgroup forbids are left out (hwloc's default). The affinity of the
// calling thread is not heeded: a child inherits its observer's, which is one unit.
Result<Topology> Topology::load(const std::string& synthetic) {
  hwloc_topology_t raw = nullptr;
  if (hwloc_topology_init(&raw) != 0) return os::os_failure("start hwloc");
  TopologyOwner owner(raw);
  if (!synthetic.empty() && hwloc_topology_set_synthetic(raw, synthetic.c_str()) != 0) {
    return os::os_failure("describe the topology " + synthetic);
  }
  // Else hwloc moves this thread over all processors to ask each (its x86 backend), and the kernel would not
  // forget that this process has been there.
  if (hwloc_topology_set_flags(raw, HWLOC_TOPOLOGY_FLAG_DONT_CHANGE_BINDING) != 0) {
    return os::os_failure("set up hwloc");
  }
  if (hwloc_topology_load(raw) != 0) {
    return os::os_failure("read the processor topology", "check that /sys/devices/system/cpu is readable");
  }
  const auto units = units_of(raw);
  if (units.empty())
    return fail("read the processor topology: hwloc sees no processing unit",
                "check that /sys/devices/system/cpu is readable");
  auto state = std::make_unique<State>(State{std::move(owner), in_order(units, config::Binding::compact),
                                             in_order(units, config::Binding::scatter)});
  return Topology(std::move(state));
}

unsigned Topology::cores() const {
  const int cores = hwloc_get_nbobjs_by_type(state_->get(), HWLOC_OBJ_CORE);
  return cores > 0 ? static_cast<unsigned>(cores) : processing_units();
}

unsigned Topology::processing_units() const { return static_cast<unsigned>(state_->compact.size()); }

unsigned Topology::unit_of_worker(unsigned index, config::Binding binding) const {
  const auto& order = state_->order(binding);
  return order[index % order.size()].os_index;
}

std::optional<unsigned> Topology::unit_of_process(unsigned index, config::Binding binding) const {
  if (binding == config::Binding::none) return std::nullopt;
  return unit_of_worker(index, binding);
}

std::optional<unsigned> Topology::unit_of_observer(unsigned workers, config::Binding binding) const {
  const auto& order = state_->order(binding);
  if (workers >= order.size()) return std::nullopt;
  // Rather a core of its own than the second thread of a worker's core.
  const auto is_shared = [&](const Unit& unit) {
    return std::any_of(order.begin(), order.begin() + workers,
                       [&](const Unit& used) { return used.core == unit.core; });
  };
  for (auto unit = order.rbegin(); unit != order.rend() - workers; ++unit) {
    if (!is_shared(*unit)) return unit->os_index;
  }
  return order.back().os_index;
}

namespace {

Result<> bind_thread(hwloc_topology_t topology, hwloc_const_cpuset_t cpus, const std::string& doing) {
  if (hwloc_set_cpubind(topology, cpus, HWLOC_CPUBIND_THREAD) == 0) return {};
  return os::os_failure(doing, "check the cpuset of the cgroup, or use \"binding\": \"none\"");
}

// Also where the page cache of files that this thread reads will lie: it follows the thread's policy.
Result<> bind_memory(hwloc_topology_t topology, hwloc_const_cpuset_t cpus, const std::string& doing) {
  if (hwloc_get_nbobjs_by_type(topology, HWLOC_OBJ_NUMANODE) <= 1) return {};
  if (hwloc_set_membind(topology, cpus, HWLOC_MEMBIND_BIND, HWLOC_MEMBIND_THREAD) == 0) return {};
  return os::os_failure(doing + ", and its memory to the node there",
                        "allow set_mempolicy(2) in the container, or use \"binding\": \"none\"");
}

Result<Bitmap> only(unsigned unit) {
  Bitmap cpus(hwloc_bitmap_alloc());
  if (cpus == nullptr || hwloc_bitmap_only(cpus.get(), unit) != 0)
    return fail("bind a thread: out of memory");
  return cpus;
}

}  // namespace

Result<unsigned> Topology::bind_worker(unsigned index, config::Binding binding) const {
  if (binding == config::Binding::none) {
    // The observer's binding is inherited: undo it.
    const std::string doing = "let worker " + std::to_string(index) + " run on every unit";
    auto bound = bind_thread(state_->get(), hwloc_topology_get_topology_cpuset(state_->get()), doing);
    if (!bound) return propagate(std::move(bound));
    return static_cast<unsigned>(::sched_getcpu());
  }
  const unsigned unit = unit_of_worker(index, binding);
  const std::string doing = fmt::format("bind worker {} to processing unit {}", index, unit);
  auto cpus = only(unit);
  if (!cpus) return propagate(std::move(cpus), doing);
  auto bound = bind_thread(state_->get(), cpus->get(), doing);
  if (bound) bound = bind_memory(state_->get(), cpus->get(), doing);
  if (!bound) return propagate(std::move(bound));
  return unit;
}

Result<unsigned> Topology::bind_observer(unsigned workers, config::Binding binding) const {
  if (binding == config::Binding::none) {
    return fail("bind the observer: the workers are not bound, so every unit may be theirs",
                "use \"binding\": \"compact\" to keep the observer apart from the workers");
  }
  const auto unit = unit_of_observer(workers, binding);
  if (!unit) {
    return fail(fmt::format("bind the observer: {} workers leave none of {} processing units free", workers,
                            processing_units()),
                "use fewer workers to keep the observer apart from them");
  }
  auto cpus = only(*unit);
  if (!cpus) return propagate(std::move(cpus));
  auto bound = bind_thread(state_->get(), cpus->get(), fmt::format("bind the observer to unit {}", *unit));
  if (!bound) return propagate(std::move(bound));
  return *unit;
}

Result<> Topology::export_xml(const std::string& path) const {
  if (hwloc_topology_export_xml(state_->get(), path.c_str(), 0) == 0) return {};
  return os::os_failure("write the topology to " + path);
}

}  // namespace faultlab::host
