// Scenarios of several threads: the accounts of a process sum them, perf's inherited events too.
#include <unistd.h>

#include "scenario/ground.hpp"
#include "scenario/team.hpp"

namespace faultlab {
namespace {

using namespace scenario;

constexpr unsigned kHalves = 2;

// As many as can truly race, but few.
unsigned racers() {
  const long cpus = ::sysconf(_SC_NPROCESSORS_ONLN);
  return static_cast<unsigned>(std::clamp(cpus, 2L, 4L));
}

Result<> run_team(Stand& s) {
  s.team->run();
  return {};
}

void write_own_half(void* state, unsigned index, Team&) {
  auto& s = *static_cast<Stand*>(state);
  const std::uint64_t half = s.pages / kHalves;
  write_pages(s.region.at(index * half), half);
}

constexpr Recipe kDisjoint = {
    .prepare = [](Stand& s) -> Result<> {
      s.team = std::make_unique<Team>(kHalves, write_own_half, &s);
      return s.small_pages();
    },
    .act = run_team,
    .forecast = [](const Stand& s) -> Result<Forecast> {
      return in_user_mode(s.pages,
                          "two threads, half of the pages each: a page faults once, whoever touches it");
    }};

void write_same_pages(void* state, unsigned, Team& team) {
  auto& s = *static_cast<Stand*>(state);
  std::uint64_t meetings = 0;
  for (std::uint64_t page = 0; page < s.pages; ++page) {
    team.meet(meetings);
    write_pages(s.region.at(page), 1);
  }
}

constexpr Recipe kSamePage = {
    .prepare = [](Stand& s) -> Result<> {
      s.pages /= 8;  // each page is a meeting of all threads
      s.team = std::make_unique<Team>(racers(), write_same_pages, &s);
      return s.small_pages();
    },
    .act = run_team,
    .forecast = [](const Stand& s) -> Result<Forecast> {
      const auto pages = signed_count(s.pages);
      return Forecast{
          .minor = Range(pages, pages * s.team->size()),
          .rule = std::to_string(s.team->size()) +
                  " threads write the same page: one fault makes it, and whoever trapped before it was "
                  "there completes a minor fault too (do_anonymous_page, vmf_pte_changed)"};
    }};

}  // namespace

extern const ScenarioSpec threads_disjoint_scenario;
extern const ScenarioSpec threads_same_page_scenario;
const ScenarioSpec threads_disjoint_scenario = {
    {.name = "threads_disjoint", .summary = "Two threads write disjoint halves of anonymous memory"},
    true,
    from_recipe<kDisjoint>};
const ScenarioSpec threads_same_page_scenario = {
    {.name = "threads_same_page", .summary = "Threads race to write the same pages, one page at a time"},
    false,
    from_recipe<kSamePage>};

}  // namespace faultlab
