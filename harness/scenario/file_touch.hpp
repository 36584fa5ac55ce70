// The common shape of scenarios over files: a file in a stated condition, a mapping, a walk of touches.
#pragma once

#include <sys/mman.h>

#include <cstdint>
#include <string>

#include "catalogue/scenario_spec.hpp"
#include "scenario/file_ground.hpp"
#include "scenario/rules_found.hpp"

namespace faultlab::scenario {

struct TouchPlan {
  Fill fill = Fill::single_pages;
  bool cold = false;
  int advice = MADV_NORMAL;
  int sharing = MAP_SHARED;
  bool write = false;
  std::uint64_t step = 1;  // in pages
  bool whole =
      false;  // as many pages as the ground says; else a quarter, which shows as much and is made sooner
};

// How many pages such a file has that is not `whole`: a quarter, in whole page tables.
std::uint64_t pages_of_part(std::uint64_t pages);

// Prepares by the plan and touches; derived ones say what that costs, or replace steps.
class FileTouch : public Scenario {
 public:
  explicit FileTouch(const TouchPlan& plan) : plan_(plan) {}

  Result<> prepare(const Ground& ground) override;
  Result<> act() noexcept override;
  std::uint64_t events() const override { return touches(); }
  // Of touches that leave pages out, what comes with each depends on folios and read-ahead.
  std::uint64_t event_pages() const override { return plan_.step == 1 ? 1 : 0; }
  // That the bytes seen are the file's.
  std::string verify() override;

 protected:
  // After file, mapping and advice stand, before the file is dropped where it is to be cold.
  virtual Result<> set_up() { return {}; }

  // What a prediction needs: the kernel's rules, the file's folios as they lie now, and both in words.
  struct Known {
    FaultRules rules;
    Layout layout;
    std::string rule;
  };
  Result<Known> known();
  std::uint64_t reads(const Known& known) const {
    return read_faults(known.layout, known.rules, pages(), plan_.step);
  }
  std::uint64_t writes(const Known& known) const {
    return write_faults(known.layout, known.rules, pages(), plan_.step);
  }

  std::uint64_t pages() const { return file_.pages(); }
  std::uint64_t touches() const { return (pages() + plan_.step - 1) / plan_.step; }
  Result<> map(int extra_flags = 0);
  int protection() const { return plan_.write ? PROT_READ | PROT_WRITE : PROT_READ; }

  TouchPlan plan_;
  Ground ground_;
  FileGround file_;
  os::FileRegion region_;
  std::uint64_t sum_ = 0;  // of what was read
};

// A count that cannot be negative, as a fixed range.
inline Range exactly(std::uint64_t count) { return Range(static_cast<std::int64_t>(count)); }

// A scenario class as a row's factory.
template <class S>
std::unique_ptr<Scenario> make_scenario() {
  return std::make_unique<S>();
}

}  // namespace faultlab::scenario
