// Cgroups, knobs and recovery on this host: skipped, with the reason, where it gives us no cgroup.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <filesystem>

#include "host/cgroup.hpp"
#include "host/identity.hpp"
#include "host/knobs.hpp"
#include "host/text.hpp"
#include "os/fd.hpp"
#include "os/file.hpp"

namespace faultlab::host {
namespace {

constexpr Bytes kLimit{32ULL << 20};
constexpr std::size_t kSmall = 8ULL << 20, kLarge = 96ULL << 20;

bool touch_memory(std::size_t size) {
  void* raw = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (raw == MAP_FAILED) return false;
  auto* bytes = static_cast<volatile char*>(raw);
  for (std::size_t at = 0; at < size; at += kPage.value) bytes[at] = 1;
  return true;
}

// A child that enters the cgroup, touches memory, says so and waits for its end.
class Member {
 public:
  Member(const MemoryCgroup& cgroup, std::size_t size) {
    auto entrance = cgroup.entrance();
    auto pipe = os::make_pipe();
    pid_ = ::fork();
    if (pid_ == 0) {
      const bool entered = ::write(entrance->get(), "0", 1) == 1;
      const char done = entered && touch_memory(size) ? 'y' : 'n';
      if (::write(pipe->write_end.get(), &done, 1) == 1) ::pause();
      ::_exit(1);
    }
    pipe->write_end.reset();
    char answer = 'k';  // stays where the child is killed before it can say anything
    if (::read(pipe->read_end.get(), &answer, 1) >= 0) answer_ = answer;
  }
  ~Member() { end(); }
  Member(const Member&) = delete;
  Member& operator=(const Member&) = delete;

  char answer() const { return answer_; }
  pid_t pid() const { return pid_; }
  int end() {
    int status = 0;
    if (pid_ <= 0) return status;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, &status, 0);
    pid_ = -1;
    return status;
  }

 private:
  pid_t pid_ = -1;
  char answer_ = '?';
};

class HostCgroup : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ =
        (std::filesystem::temp_directory_path() / ("faultlab-state-" + std::to_string(::getpid()))).string();
    auto journal = Journal::open(folder_);
    ASSERT_TRUE(journal) << journal.error().what;
    journal_ = std::move(*journal);
    auto home = enter_cgroup_home(journal_);
    if (!home) GTEST_SKIP() << home.error().why << "; " << home.error().remedy;
    home_ = *home;
  }
  void TearDown() override {
    leave_cgroup_home();
    journal_.reset();
    EXPECT_TRUE(!std::filesystem::exists(folder_) || std::filesystem::is_empty(folder_))
        << "unsettled changes";
    std::filesystem::remove_all(folder_);
  }
  std::unique_ptr<MemoryCgroup> make(const std::string& name) {
    auto cgroup = make_cgroup(home_, name, journal_);
    EXPECT_TRUE(cgroup) << cgroup.error().what;
    return cgroup ? std::move(*cgroup) : nullptr;
  }

  std::string folder_;
  std::shared_ptr<Journal> journal_;
  CgroupHome home_;
};

TEST_F(HostCgroup, LimitsAreReadBackInPages) {
  const auto cgroup = make("limits");
  EXPECT_EQ(*cgroup->limit(), kNoLimit);
  ASSERT_TRUE(cgroup->set_limit(Bytes(kLimit.value + 100)));
  EXPECT_EQ(*cgroup->limit(), kLimit);
  const auto no_swap = cgroup->forbid_swap();
  ASSERT_TRUE(no_swap) << no_swap.error().what;
  ASSERT_TRUE(cgroup->set_limit(kLimit * 2)) << "above the first memory + swap limit";
  EXPECT_EQ(*cgroup->limit(), kLimit * 2);
  ASSERT_TRUE(cgroup->set_limit(kLimit));
  ASSERT_TRUE(cgroup->set_limit(kNoLimit));
  EXPECT_EQ(*cgroup->limit(), kNoLimit);
}

TEST_F(HostCgroup, CountsWhatItsMemberTouches) {
  const auto cgroup = make("usage");
  ASSERT_TRUE(cgroup->set_limit(kLimit));
  {
    const Member member(*cgroup, kSmall);
    ASSERT_EQ(member.answer(), 'y');
    EXPECT_GE(cgroup->usage()->value, kSmall);
    const auto stat = cgroup->stat();
    ASSERT_TRUE(stat);
    EXPECT_TRUE(stat->contains(cgroup->version() == 2 ? "anon" : "rss"));
    EXPECT_FALSE(stat->contains("total_rss"));
  }
  if (const auto peak = cgroup->peak()) {
    EXPECT_GE(peak->value, kSmall);
  } else {
    EXPECT_FALSE(peak.error().remedy.empty()) << peak.error().what;
  }
  EXPECT_EQ(*cgroup->oom_kills(), 0U);
}

TEST_F(HostCgroup, CountsAnOomKill) {
  const auto cgroup = make("oom");
  ASSERT_TRUE(cgroup->set_limit(kLimit));
  ASSERT_TRUE(cgroup->forbid_swap());
  Member member(*cgroup, kLarge);
  EXPECT_EQ(member.answer(), 'k');
  EXPECT_TRUE(WIFSIGNALED(member.end()));
  EXPECT_EQ(*cgroup->oom_kills(), 1U);
}

TEST_F(HostCgroup, AV1LimitBelowTheUsageNamesTheRemedy) {
  if (home_.version != 1) GTEST_SKIP() << "v2 kills instead of refusing";
  const auto cgroup = make("busy");
  ASSERT_TRUE(cgroup->set_limit(kLimit));
  ASSERT_TRUE(cgroup->forbid_swap());
  const Member member(*cgroup, kSmall);
  const auto lowered = cgroup->set_limit(Bytes(1ULL << 20));
  ASSERT_FALSE(lowered);
  EXPECT_NE(lowered.error().remedy.find("raise the limit"), std::string::npos) << lowered.error().what;
}

TEST_F(HostCgroup, TheGuardKillsMembersAndRemovesNestedCgroups) {
  auto cgroup = make("nested/odd name");
  const auto path = cgroup->path();
  EXPECT_EQ(path.find("nested/odd"), std::string::npos);
  ASSERT_TRUE(os::make_folders(path + "/inner"));
  Member member(*cgroup, kSmall);
  ASSERT_TRUE(os::write_kernel_file(path + "/inner/cgroup.procs", std::to_string(member.pid())));
  cgroup.reset();
  EXPECT_FALSE(os::exists(path));
  EXPECT_TRUE(WIFSIGNALED(member.end()));
}

TEST_F(HostCgroup, ASecondOfTheSameNameIsRefusedAndHarmsNothing) {
  const auto cgroup = make("twice");
  const auto again = make_cgroup(home_, "twice", journal_);
  ASSERT_FALSE(again);
  EXPECT_NE(again.error().remedy.find("recover"), std::string::npos);
  EXPECT_TRUE(os::exists(cgroup->path()));
}

TEST_F(HostCgroup, AForkedChildLeavesTheHostToItsParent) {
  const auto cgroup = make("forked");
  const pid_t child = ::fork();
  if (child == 0) {
    { const MemoryCgroup inherited(cgroup->version(), cgroup->path(), journal_, 1); }
    ::_exit(0);
  }
  ::waitpid(child, nullptr, 0);
  EXPECT_TRUE(os::exists(cgroup->path()));
}

// What a child reports of the cgroup and the process that it leaves behind.
struct LeftBehind {
  std::array<char, 512> cgroup{};
  pid_t member = 0;
};

// Makes a cgroup with a member and changes a knob, reports, and waits to be killed.
[[noreturn]] void owner_process(const CgroupHome& home, const std::string& folder, const os::Fd& report) {
  auto journal = Journal::open(folder);
  if (!journal) ::_exit(2);
  auto cgroup = make_cgroup(home, "left", *journal);
  auto knob = KnobGuard::set("swappiness", "59", "/", *journal);
  if (!cgroup || !knob) ::_exit(3);
  const Member member(**cgroup, kSmall);
  LeftBehind left;
  (*cgroup)->path().copy(left.cgroup.data(), left.cgroup.size() - 1);
  left.member = member.pid();
  if (::write(report.get(), &left, sizeof left) != sizeof left) ::_exit(4);
  for (;;) ::pause();
}

TEST_F(HostCgroup, RecoverUndoesWhatAKilledOwnerLeft) {
  const auto before = os::read_text("/proc/sys/vm/swappiness");
  ASSERT_TRUE(before);
  if (::access("/proc/sys/vm/swappiness", W_OK) != 0) GTEST_SKIP() << "no right to set swappiness";
  if (trim(*before) == "59") GTEST_SKIP() << "swappiness is 59 already: a change could not be seen";
  const auto theirs = folder_ + "-theirs";
  auto pipe = os::make_pipe();
  const pid_t owner = ::fork();
  ASSERT_GE(owner, 0);
  if (owner == 0) owner_process(home_, theirs, pipe->write_end);
  pipe->write_end.reset();
  LeftBehind left;
  const bool reported = ::read(pipe->read_end.get(), &left, sizeof left) == sizeof left;
  const auto alive = recover(theirs);
  const auto changed = os::read_text("/proc/sys/vm/swappiness");
  const std::string path = left.cgroup.data();
  const auto ticks = start_ticks(left.member);  // without a report: of no process
  ::kill(owner, SIGKILL);
  ::waitpid(owner, nullptr, 0);
  const auto recovered = recover(theirs);

  const auto after = os::read_text("/proc/sys/vm/swappiness");
  // Whatever the test finds, the host is as it was.
  static_cast<void>(os::write_kernel_file("/proc/sys/vm/swappiness", trim(*before)));
  static_cast<void>(kill_process(left.member, ticks.value_or(0)));
  std::filesystem::remove_all(theirs);
  ASSERT_TRUE(reported);
  EXPECT_TRUE(alive && alive->empty()) << "a living owner is left alone";
  EXPECT_EQ(trim(*changed), "59");
  ASSERT_TRUE(recovered);
  ASSERT_EQ(recovered->size(), 2U);
  for (const auto& each : *recovered) EXPECT_TRUE(each.done) << each.what;
  EXPECT_EQ(*after, *before);
  EXPECT_FALSE(os::exists(path));
  EXPECT_FALSE(is_alive(left.member, *ticks));
}

TEST_F(HostCgroup, AUserWithoutRightsIsToldSo) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can become somebody without rights";
  constexpr uid_t kNobody = 65534;
  auto pipe = os::make_pipe();
  const pid_t child = ::fork();
  if (child == 0) {
    leave_cgroup_home();
    if (::setresuid(kNobody, kNobody, kNobody) != 0) ::_exit(2);
    const auto home = find_cgroup_home();
    const std::string why = home ? "found " + home->path : home.error().why + "|" + home.error().remedy;
    static_cast<void>(os::write_all(pipe->write_end, why, "report"));
    ::_exit(0);
  }
  pipe->write_end.reset();
  const auto why = os::read_all(pipe->read_end, "read the report");
  ::waitpid(child, nullptr, 0);
  ASSERT_TRUE(why);
  EXPECT_NE(why->find("no right"), std::string::npos) << *why;
}

}  // namespace
}  // namespace faultlab::host
