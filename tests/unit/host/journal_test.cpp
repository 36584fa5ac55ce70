// The undo journal: what is written, what survives, what is taken back and by whom.
#include "host/journal.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "captured.hpp"
#include "host/identity.hpp"
#include "host/journal_file.hpp"

namespace faultlab::host {
namespace {

// A pid above the kernel's largest (PID_MAX_LIMIT, 2^22): its owner is dead.
constexpr pid_t kNobody = 5'000'000;

std::string line(std::uint64_t id, const Undo& undo) { return *entry_line({id, id * 1000, undo}) + "\n"; }

std::string dead_journal(const TemporaryFolder& folder, const std::string& text, std::uint64_t ticks = 1) {
  const auto path = folder.path() + "/" + journal_name({*boot_id(), kNobody, ticks});
  write_whole(path, text);
  return path;
}

TEST(JournalFile, NamesTellTheirOwner) {
  const Owner owner{"2d636a15-3e35-4a15-9f75-722959604c84", 42, 9001};
  const auto back = owner_from_name(journal_name(owner));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->boot, owner.boot);
  EXPECT_EQ(back->pid, 42);
  EXPECT_EQ(back->start_ticks, 9001U);
  EXPECT_FALSE(owner_from_name("undo-x.jsonl"));
  EXPECT_FALSE(owner_from_name("undo--1.jsonl"));
  EXPECT_FALSE(owner_from_name("notes.txt"));
}

TEST(JournalFile, EveryKindOfEntryComesBack) {
  const std::vector<Undo> all{RemoveCgroup{"/c"},
                              WriteBack{"/w \"q\"", "60"},
                              RemoveFile{"/f"},
                              KillProcess{7, 8},
                              SwapOff{"/dev/zram3"},
                              RemoveZram{3, "41"},
                              DetachLoop{2, "/data/swap-1"},
                              Unmount{"/data/medium-1-0", "/dev/loop2"},
                              RemoveFolder{"/data/medium-1-0"}};
  std::string text;
  for (std::size_t i = 0; i < all.size(); ++i) text += line(i + 1, all[i]);
  const auto parsed = parse_journal(text);
  ASSERT_EQ(parsed.open.size(), all.size());
  EXPECT_EQ(std::get<RemoveCgroup>(parsed.open[0].undo).path, "/c");
  EXPECT_EQ(std::get<WriteBack>(parsed.open[1].undo).path, "/w \"q\"");
  EXPECT_EQ(std::get<WriteBack>(parsed.open[1].undo).text, "60");
  EXPECT_EQ(std::get<RemoveFile>(parsed.open[2].undo).path, "/f");
  EXPECT_EQ(std::get<KillProcess>(parsed.open[3].undo).start_ticks, 8U);
  EXPECT_EQ(std::get<SwapOff>(parsed.open[4].undo).path, "/dev/zram3");
  EXPECT_EQ(std::get<RemoveZram>(parsed.open[5].undo).number, 3U);
  EXPECT_EQ(std::get<RemoveZram>(parsed.open[5].undo).sequence, "41");
  EXPECT_EQ(std::get<DetachLoop>(parsed.open[6].undo).number, 2U);
  EXPECT_EQ(std::get<DetachLoop>(parsed.open[6].undo).path, "/data/swap-1");
  EXPECT_EQ(std::get<Unmount>(parsed.open[7].undo).path, "/data/medium-1-0");
  EXPECT_EQ(std::get<Unmount>(parsed.open[7].undo).source, "/dev/loop2");
  EXPECT_EQ(std::get<RemoveFolder>(parsed.open[8].undo).path, "/data/medium-1-0");
  EXPECT_EQ(parsed.last_id, all.size());
}

TEST(JournalFile, SkipsSettledAndTornAndStrangeLines) {
  auto whole = line(3, RemoveFile{"/c"});
  const auto text =
      line(1, RemoveFile{"/a"}) + line(2, RemoveFile{"/b"}) + settled_line(1) +
      "\n\n[1]\nnull\n{\"id\":9}\n{\"id\":9,\"at_ns\":1,\"undo\":\"remove_file\",\"path\":3}\n" +
      "{\"id\":9,\"at_ns\":1,\"undo\":\"kill_process\",\"pid\":1,\"start_ticks\":1}\n" +
      whole.substr(0, whole.size() / 2);
  const auto parsed = parse_journal(text);
  ASSERT_EQ(parsed.open.size(), 1U);
  EXPECT_EQ(std::get<RemoveFile>(parsed.open[0].undo).path, "/b");
}

TEST(JournalFile, RefusesPathsThatJsonCannotCarry) { EXPECT_FALSE(entry_line({1, 1, RemoveFile{"/\xff"}})); }

TEST(Journal, GoesAwayWhenEverythingIsSettled) {
  const TemporaryFolder folder;
  {
    auto journal = Journal::open(folder.path());
    ASSERT_TRUE(journal) << journal.error().what;
    const auto first = (*journal)->note(RemoveFile{"/a"});
    const auto second = (*journal)->note(RemoveFile{"/b"});
    ASSERT_TRUE(first && second);
    (*journal)->settled(*second);
    (*journal)->settled(*first);
    EXPECT_TRUE((*journal)->owned_here());
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(Journal, StaysWithWhatIsNotSettledAndIsTakenUpAgain) {
  const TemporaryFolder folder;
  std::uint64_t id = 0;
  { id = *(*Journal::open(folder.path()))->note(RemoveFile{folder.path() + "/x"}); }
  ASSERT_FALSE(std::filesystem::is_empty(folder.path()));
  auto journal = *Journal::open(folder.path());
  EXPECT_FALSE(Journal::open(folder.path())) << "one journal per process";
  const auto next = journal->note(RemoveFile{"/b"});
  EXPECT_GT(*next, id);
  journal->settled(id);
  journal->settled(*next);
  journal.reset();
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(Recover, LeavesALivingOwnerAlone) {
  const TemporaryFolder folder;
  const auto file = folder.path() + "/made";
  write_whole(file, "x");
  auto journal = *Journal::open(folder.path());
  const auto id = *journal->note(RemoveFile{file});
  const auto results = recover(folder.path());
  ASSERT_TRUE(results);
  EXPECT_TRUE(results->empty());
  EXPECT_TRUE(std::filesystem::exists(file));
  journal->settled(id);
}

TEST(Recover, OfNothingIsNothing) {
  const TemporaryFolder folder;
  EXPECT_TRUE(recover(folder.path() + "/absent")->empty());
}

TEST(Recover, TakesBackNewestFirstOverAllJournals) {
  const TemporaryFolder folder;
  const auto setting = folder.path() + "/setting";
  write_whole(setting, "30");
  // The older owner saw 10, the newer one saw the 20 that the older one had left.
  dead_journal(folder, line(1, WriteBack{setting, "10"}) + line(2, RemoveFile{folder.path() + "/a"}), 1);
  dead_journal(folder, line(3, WriteBack{setting, "20"}), 2);
  const auto results = recover(folder.path());
  ASSERT_TRUE(results);
  ASSERT_EQ(results->size(), 3U);
  EXPECT_NE((*results)[0].what.find("20"), std::string::npos);
  EXPECT_NE((*results)[1].what.find("/a"), std::string::npos);
  EXPECT_NE((*results)[2].what.find("10"), std::string::npos);
  for (const auto& each : *results) EXPECT_TRUE(each.done) << each.what;
  EXPECT_EQ(read_whole(setting), "10");
  std::size_t left = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    left += entry.path().extension() == ".jsonl" ? 1 : 0;
  }
  EXPECT_EQ(left, 0U);
}

TEST(Recover, KeepsWhatItCouldNotDoAndSettlesTheRest) {
  const TemporaryFolder folder;
  std::filesystem::create_directories(folder.path() + "/full/inner");
  const auto path = dead_journal(folder, line(1, RemoveFile{folder.path() + "/gone"}) +
                                             line(2, RemoveFile{folder.path() + "/full"}) +
                                             "{\"id\":3,\"at_ns\":3,\"undo\":\"remove_fi");
  const auto results = recover(folder.path());
  ASSERT_EQ(results->size(), 2U);
  EXPECT_FALSE((*results)[0].done);
  EXPECT_TRUE((*results)[1].done);
  const auto parsed = parse_journal(read_whole(path));
  ASSERT_EQ(parsed.open.size(), 1U);
  EXPECT_EQ(parsed.open[0].id, 2U);
  std::filesystem::remove_all(folder.path() + "/full");
  EXPECT_TRUE(recover(folder.path())->front().done);
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(Recover, AfterARebootRemovesFilesOnly) {
  const TemporaryFolder folder;
  const auto setting = folder.path() + "/setting", file = folder.path() + "/file";
  write_whole(setting, "30");
  write_whole(file, "x");
  write_whole(folder.path() + "/" + journal_name({"another-boot", ::getpid(), *start_ticks(::getpid())}),
              line(1, WriteBack{setting, "10"}) + line(2, RemoveFile{file}) +
                  line(3, KillProcess{::getpid(), *start_ticks(::getpid())}));
  const auto results = recover(folder.path());
  ASSERT_EQ(results->size(), 1U);
  EXPECT_TRUE((*results)[0].done);
  EXPECT_EQ(read_whole(setting), "30");
  EXPECT_FALSE(std::filesystem::exists(file));
}

TEST(Recover, KillsOnlyTheProcessThatWasMeant) {
  const TemporaryFolder folder;
  const pid_t child = ::fork();
  if (child == 0) {
    ::pause();
    ::_exit(0);
  }
  const auto ticks = *start_ticks(child);
  dead_journal(folder, line(1, KillProcess{child, ticks + 1}));
  EXPECT_TRUE(recover(folder.path())->front().done);
  EXPECT_TRUE(is_alive(child, ticks)) << "another process has this pid now";
  dead_journal(folder, line(1, KillProcess{child, ticks}));
  EXPECT_TRUE(recover(folder.path())->front().done);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status));
}

TEST(Recover, RemovesNoCgroupThatItDidNotName) {
  const TemporaryFolder folder;
  write_whole(folder.path() + "/system.slice/cgroup.procs", "");
  dead_journal(folder, line(1, RemoveCgroup{folder.path() + "/system.slice"}));
  EXPECT_FALSE(recover(folder.path())->front().done);
  EXPECT_TRUE(std::filesystem::exists(folder.path() + "/system.slice"));
}

TEST(Recover, FollowsNoLink) {
  const TemporaryFolder folder, elsewhere;
  write_whole(elsewhere.path() + "/planted", line(1, RemoveFile{elsewhere.path() + "/victim"}));
  write_whole(elsewhere.path() + "/victim", "x");
  std::filesystem::create_symlink(elsewhere.path() + "/planted",
                                  folder.path() + "/" + journal_name({*boot_id(), kNobody, 1}));
  const auto results = recover(folder.path());
  ASSERT_EQ(results->size(), 1U);
  EXPECT_FALSE((*results)[0].done);
  EXPECT_TRUE(std::filesystem::exists(elsewhere.path() + "/victim"));
}

TEST(Recover, WaitsForARunningOwnerOfTheSameSetting) {
  const TemporaryFolder folder;
  const auto setting = folder.path() + "/setting";
  write_whole(setting, "30");
  dead_journal(folder, line(1, WriteBack{setting, "10"}));
  auto journal = *Journal::open(folder.path());
  const auto id = *journal->note(WriteBack{setting, "20"});
  const auto results = recover(folder.path());
  ASSERT_EQ(results->size(), 1U);
  EXPECT_FALSE((*results)[0].done);
  EXPECT_EQ(read_whole(setting), "30");
  journal->settled(id);
  EXPECT_TRUE(recover(folder.path())->front().done);
  EXPECT_EQ(read_whole(setting), "10");
}

TEST(Identity, AZombieIsDead) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  const auto ticks = *start_ticks(child);
  siginfo_t info{};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT), 0);
  EXPECT_FALSE(is_alive(child, ticks));
  ::waitpid(child, nullptr, 0);
  EXPECT_TRUE(is_alive(::getpid(), *start_ticks(::getpid())));
}

TEST(JournalFolder, ComesFromTheEnvironment) {
  ::setenv("FAULTLAB_STATE", "/tmp/state", 1);
  EXPECT_EQ(journal_folder(), "/tmp/state");
  ::unsetenv("FAULTLAB_STATE");
  EXPECT_NE(journal_folder(), "/tmp/state");
}

}  // namespace
}  // namespace faultlab::host
