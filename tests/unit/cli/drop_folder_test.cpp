#include "cli/drop_folder.hpp"

#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "world/temp_folder.hpp"

namespace greyhound::cli {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;
namespace fs = std::filesystem;

class DropFolderTest : public testing::Test {
 protected:
  Result<> leave() const {
    return leave_in_drop_folder(folder_.path(), "here.example", {}, submission_);
  }
  std::vector<fs::path> files() const {
    return {fs::directory_iterator(folder_.path()), fs::directory_iterator()};
  }

  world::TempFolder folder_;
  Submission submission_{.sender = mail::Address::parse("a@b.example"),
                         .recipients = {*mail::Address::parse("c@d.example")},
                         .content = "Subject: x\r\n\r\n.\r\n"};
};

TEST_F(DropFolderTest, HoldsWhatAClientWouldSay) {
  ASSERT_TRUE(leave());

  ASSERT_EQ(files().size(), 1U);
  std::ostringstream bytes;
  bytes << std::ifstream(files()[0], std::ios::binary).rdbuf();
  EXPECT_EQ(bytes.str(),
            "EHLO here.example\r\nMAIL FROM:<a@b.example> SIZE=17\r\nRCPT TO:<c@d.example>\r\n"
            "BDAT 17 LAST\r\nSubject: x\r\n\r\n.\r\nQUIT\r\n");
}

TEST_F(DropFolderTest, GivesEachFileANameThatNobodyGuesses) {
  ASSERT_TRUE(leave());
  ASSERT_TRUE(leave());

  ASSERT_EQ(files().size(), 2U);
  for (const auto& file : files())
    EXPECT_THAT(file.filename(), MatchesRegex("[0-9a-f]{32}\\.mail"));
}

TEST_F(DropFolderTest, LetsAnAgentThatIsNotRootReadIt) {
  const auto mask = ::umask(0077);
  ASSERT_TRUE(leave());
  ::umask(mask);

  struct stat found{};
  ASSERT_EQ(::stat(files().at(0).c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 07777U, 0644U);
}

TEST_F(DropFolderTest, KeepsNoPartOfAFile) {
  ::signal(SIGXFSZ, SIG_IGN);
  rlimit usual{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &usual), 0);
  const rlimit small{.rlim_cur = 50, .rlim_max = usual.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);

  const auto left = leave();

  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &usual), 0);
  ASSERT_FALSE(left);
  EXPECT_THAT(left.error().what, HasSubstr("File too large"));
  EXPECT_TRUE(files().empty());
}

}  // namespace
}  // namespace greyhound::cli
