// Children: started, waited for, killed; failures before exec are told with their cause.
#include "os/process.hpp"

#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>

#include <set>

#include "os/line_channel.hpp"
#include "os/signal_gate.hpp"

namespace faultlab::os {
namespace {

TEST(Child, ItsExitStatusIsKept) {
  const auto exit = run_to_end({"sh", "-c", "exit 7"});
  ASSERT_TRUE(exit);
  EXPECT_FALSE(exit->signalled);
  EXPECT_EQ(exit->code, 7);
}

TEST(Child, ASignalIsToldApart) {
  const auto exit = run_to_end({"sh", "-c", "kill -TERM $$"});
  ASSERT_TRUE(exit);
  EXPECT_TRUE(exit->signalled);
  EXPECT_EQ(exit->code, SIGTERM);
}

TEST(Child, AProgramThatDoesNotExistIsAnErrorHere) {
  const auto exit = run_to_end({"no-such-program-at-all"});
  ASSERT_FALSE(exit);
  EXPECT_NE(exit.error().what.find("no-such-program-at-all"), std::string::npos);
  EXPECT_FALSE(exit.error().remedy.empty());
}

TEST(Child, ItRunsWhereItIsTold) {
  cpu_set_t allowed;
  ASSERT_EQ(sched_getaffinity(0, sizeof allowed, &allowed), 0);
  unsigned last = 0;
  for (unsigned cpu = 0; cpu < CPU_SETSIZE; ++cpu) last = CPU_ISSET(cpu, &allowed) ? cpu : last;
  auto child =
      Child::spawn({.program = "sh",
                    .arguments = {"sh", "-c", "grep -q \"^Cpus_allowed_list:.$1\\$\" /proc/self/status", "sh",
                                  std::to_string(last)},
                    .cpu = last});
  ASSERT_TRUE(child) << child.error().what;
  EXPECT_EQ(child->wait()->code, 0);
}

TEST(Child, DroppingTheOwnerKillsIt) {
  pid_t pid = 0;
  {
    auto child = Child::spawn({.program = "sleep", .arguments = {"sleep", "1000"}});
    ASSERT_TRUE(child);
    pid = child->pid();
    EXPECT_EQ(::kill(pid, 0), 0);
  }
  EXPECT_NE(::kill(pid, 0), 0) << "reaped, so that the number means nobody";
}

TEST(Child, ThePidfdIsReadableOnceItHasEnded) {
  auto child = Child::spawn({.program = "true", .arguments = {"true"}});
  ASSERT_TRUE(child);
  const auto ready = wait_readable({&child->pidfd()}, 10'000);
  ASSERT_TRUE(ready);
  EXPECT_EQ(*ready, 1U);
}

TEST(Child, LinesTravelOverItsDescriptors) {
  auto down = make_pipe();
  auto up = make_pipe();
  ASSERT_TRUE(down && up);
  auto child = Child::spawn({.program = "sh",
                             .arguments = {"sh", "-c", "read line <&3; echo \"got $line\" >&4"},
                             .descriptors = {{down->read_end.get(), 3}, {up->write_end.get(), 4}}});
  ASSERT_TRUE(child);
  up->write_end.reset();
  LineWriter to_child(std::move(down->write_end));
  LineReader from_child(std::move(up->read_end));
  ASSERT_TRUE(to_child.send("hello"));
  EXPECT_EQ(**from_child.next(), "got hello");
  EXPECT_FALSE(from_child.next()->has_value()) << "the end of the stream";
}

TEST(LineReader, TakesWhatHasComeWithoutWaiting) {
  auto pipe = make_pipe();
  ASSERT_TRUE(pipe);
  LineReader reader(std::move(pipe->read_end));
  const auto next = [&] { return reader.next_if_there().value().value_or("(none)"); };
  EXPECT_EQ(next(), "(none)");
  ASSERT_TRUE(write_all(pipe->write_end, "one\ntwo\nthr", "write"));
  EXPECT_EQ(next(), "one");
  EXPECT_EQ(next(), "two");
  EXPECT_EQ(next(), "(none)") << "a line ends with its newline";
  ASSERT_TRUE(write_all(pipe->write_end, "ee\nlast", "write"));
  EXPECT_EQ(next(), "three");
  pipe->write_end.reset();
  EXPECT_EQ(next(), "(none)");
  EXPECT_EQ(reader.take_rest(), "last");
  EXPECT_EQ(reader.take_rest(), "");
}

TEST(OnEachCpu, ActsOnEveryProcessorAndGoesBack) {
  cpu_set_t before, after;
  ASSERT_EQ(::sched_getaffinity(0, sizeof(before), &before), 0);
  std::set<int> seen;
  ASSERT_TRUE(on_each_cpu([&] {
    seen.insert(::sched_getcpu());
    return Result<>();
  }));
  ASSERT_EQ(::sched_getaffinity(0, sizeof(after), &after), 0);
  EXPECT_GE(seen.size(), static_cast<std::size_t>(CPU_COUNT(&before)));
  EXPECT_TRUE(CPU_EQUAL(&before, &after));
}

TEST(OnEachCpu, StopsAtTheFirstFailure) {
  int calls = 0;
  EXPECT_FALSE(on_each_cpu([&] {
    ++calls;
    return Result<>(fail("no"));
  }));
  EXPECT_EQ(calls, 1);
}

TEST(SignalGate, RemembersASignal) {
  auto gate = SignalGate::open();
  ASSERT_TRUE(gate);
  EXPECT_FALSE(gate->raised());
  ::raise(SIGTERM);
  EXPECT_TRUE(gate->raised());
  EXPECT_TRUE(gate->raised()) << "stays";
}

}  // namespace
}  // namespace faultlab::os
