// The other processes of a trial that has several: each does its part as the first one does, by the same
// lines.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "host/topology.hpp"
#include "measure/reading.hpp"
#include "os/line_channel.hpp"
#include "os/process.hpp"
#include "record/latency_report.hpp"
#include "run/protocol.hpp"
#include "run/shift.hpp"

namespace faultlab::run {

class Company {
 public:
  // Starts them, in the first one's cgroup and each where its first worker will be; they prepare at once.
  // None where the trial has one process.
  static Result<Company> muster(const Assignment& first, const host::Topology& topology);

  // Their workers' bindings, when all stand ready.
  Result<std::vector<Json>> ready();
  void go();
  // What they did, when all are through.
  Result<Shift> closed();

  struct Findings {
    std::optional<std::string> wrong;  // why the work is not what was asked for
    Json work = Json::array();         // of each of their threads, as in a record
    std::vector<record::LatencyReport> latency;
    std::vector<Readings> readings;  // of each process
  };
  Result<Findings> verify();

 private:
  struct Member {
    os::Child process;
    os::LineWriter orders;
    os::LineReader reports;
  };

  static Result<Member> start(const Assignment& assignment, std::optional<unsigned> cpu);
  static Result<Json> next_line(Member& member);
  // The value of the line with this key, which must come next.
  static Result<Json> await(Member& member, const char* key);
  static Result<> hear_out(Member& member, Findings& findings);

  std::vector<Member> members_;
};

// Adds the readings of the same metric and source, where the other process has them too.
void add_readings(Readings& sum, const Readings& other);

}  // namespace faultlab::run
