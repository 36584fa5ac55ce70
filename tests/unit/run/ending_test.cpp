// What the end of a process says of its trial.
#include "run/ending.hpp"

#include <gmock/gmock.h>
#include <signal.h>

#include <fstream>
#include <string>

#include "support/temporary_folder.hpp"

namespace faultlab::run {
namespace {

using record::Outcome;
using ::testing::HasSubstr;

class EndingTest : public ::testing::Test {
 protected:
  EndingTest() { std::ofstream(path_) << std::string(8192, 'x'); }

  testing::TemporaryFolder folder_;
  std::string path_ = folder_.path() + "/file";
  ProgressPage progress_{};
};

TEST_F(EndingTest, ABusErrorInTheDatasetIsTheStoragesFailure) {
  progress_.unreadable_offset = 8192;
  progress_.unreadable = 1;
  const Ending shorter = ending_of({true, SIGBUS}, progress_, {path_, Bytes(16384)});
  EXPECT_EQ(shorter.outcome, Outcome::failed);
  EXPECT_THAT(shorter.reason, HasSubstr("access at byte 8192 of the mapped dataset"));
  EXPECT_THAT(shorter.reason, HasSubstr("shorter than it was: 8192 bytes now, 16384 when it was made"));
  progress_.unreadable_offset = 4096;
  EXPECT_THAT(ending_of({true, SIGBUS}, progress_, {path_, Bytes(8192)}).reason,
              HasSubstr("it can be read now"));
}

TEST_F(EndingTest, AnyOtherIsACrash) {
  EXPECT_EQ(ending_of({true, SIGBUS}, progress_, {path_, Bytes(8192)}).outcome, Outcome::crashed);
  EXPECT_EQ(ending_of({true, SIGSEGV}, progress_, {path_, Bytes(8192)}).outcome, Outcome::crashed);
  EXPECT_EQ(ending_of({true, SIGTERM}, progress_, {path_, Bytes(8192)}).outcome, Outcome::signalled);
  EXPECT_EQ(ending_of({false, 3}, progress_, {path_, Bytes(8192)}).outcome, Outcome::failed);
}

}  // namespace
}  // namespace faultlab::run
