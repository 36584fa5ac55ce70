// Scenarios of memory shared by fork(2): copies, reuse, and what a child finds mapped.
#include "scenario/ground.hpp"

namespace faultlab {
namespace {

using namespace scenario;

Result<> written_and_copied(Stand& s) {
  if (auto made = s.small_pages_written(); !made) return made;
  auto copy = os::IdleCopy::make();
  if (!copy) return propagate(std::move(copy));
  s.copy = std::move(*copy);
  return {};
}

Result<> in_child(Stand& s) {
  if (auto made = s.small_pages_written(); !made) return made;
  return os::continue_in_child();
}

constexpr Recipe kChildAlive = {
    .prepare = written_and_copied,
    .act = write_all_pages,
    .forecast = [](const Stand& s) -> Result<Forecast> {
      return in_user_mode(s.pages, "fork write-protected the pages and the child holds them: each is copied");
    }};

constexpr Recipe kChildGone = {
    .prepare = [](Stand& s) -> Result<> {
      if (auto made = written_and_copied(s); !made) return made;
      s.copy.end();
      return {};
    },
    .act = write_all_pages,
    .forecast = [](const Stand& s) -> Result<Forecast> {
      return in_user_mode(s.pages,
                          "still write-protected, but nobody shares them: each is reused (wp_page_reuse)");
    }};

constexpr Recipe kChildReads = {
    .prepare = in_child, .act = read_all_pages, .forecast = [](const Stand&) -> Result<Forecast> {
      return nothing("fork copies the page table entries of anonymous memory");
    }};

constexpr Recipe kChildWrites = {
    .prepare = in_child, .act = write_all_pages, .forecast = [](const Stand& s) -> Result<Forecast> {
      return in_user_mode(s.pages, "in the child: the parent holds the pages, so each is copied");
    }};

}  // namespace

extern const ScenarioSpec cow_child_alive_scenario;
extern const ScenarioSpec cow_child_gone_scenario;
extern const ScenarioSpec fork_child_reads_scenario;
extern const ScenarioSpec fork_child_writes_scenario;
const ScenarioSpec cow_child_alive_scenario = {
    {.name = "cow_child_alive", .summary = "Write after fork, the child holds the pages: copies"},
    true,
    from_recipe<kChildAlive>};
const ScenarioSpec cow_child_gone_scenario = {
    {.name = "cow_child_gone", .summary = "Write after fork, the child is gone: reuse"},
    true,
    from_recipe<kChildGone>};
const ScenarioSpec fork_child_reads_scenario = {
    {.name = "fork_child_reads", .summary = "A forked child reads its parent's anonymous memory"},
    true,
    from_recipe<kChildReads>};
const ScenarioSpec fork_child_writes_scenario = {
    {.name = "fork_child_writes", .summary = "A forked child writes its parent's anonymous memory"},
    true,
    from_recipe<kChildWrites>};

}  // namespace faultlab
