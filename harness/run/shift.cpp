// Sums of tallies.
#include "run/shift.hpp"

namespace faultlab::run {

void Shift::add(const Shift& other) {
  begin_ns = std::min(begin_ns, other.begin_ns);
  end_ns = std::max(end_ns, other.end_ns);
  workers += other.workers;
  at_work_ns += other.at_work_ns;
  accesses += other.accesses;
  stores += other.stores;
  syncs += other.syncs;
  sync_ns += other.sync_ns;
  late += other.late;
  account.calls += other.account.calls;
  account.hits += other.account.hits;
  account.misses += other.account.misses;
}

Shift shift_of(const std::vector<Tally>& tallies) {
  Shift shift;
  for (const Tally& tally : tallies) {
    shift.add({.begin_ns = tally.begin_ns,
               .end_ns = tally.end_ns,
               .workers = 1,
               .at_work_ns = tally.end_ns - tally.begin_ns,
               .accesses = tally.accesses,
               .stores = tally.stores,
               .syncs = tally.syncs,
               .sync_ns = tally.sync_ns,
               .late = tally.late,
               .account = tally.account});
  }
  return shift;
}

Json to_json(const Shift& shift) {
  return {{"begin_ns", shift.begin_ns},     {"end_ns", shift.end_ns},     {"workers", shift.workers},
          {"at_work_ns", shift.at_work_ns}, {"accesses", shift.accesses}, {"stores", shift.stores},
          {"syncs", shift.syncs},           {"sync_ns", shift.sync_ns},   {"late", shift.late},
          {"calls", shift.account.calls},   {"hits", shift.account.hits}, {"misses", shift.account.misses}};
}

Shift shift_from_json(const Json& json) {
  const auto number = [&](const char* name) { return json.at(name).get<std::uint64_t>(); };
  return {.begin_ns = number("begin_ns"),
          .end_ns = number("end_ns"),
          .workers = number("workers"),
          .at_work_ns = number("at_work_ns"),
          .accesses = number("accesses"),
          .stores = number("stores"),
          .syncs = number("syncs"),
          .sync_ns = number("sync_ns"),
          .late = number("late"),
          .account = {number("calls"), number("hits"), number("misses")}};
}

}  // namespace faultlab::run
