// What users of this machine may put into the drop folder besides mail.
#include "intake/drop_files.hpp"

#include <gmock/gmock.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "drop_world.hpp"

namespace greyhound::intake {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::IsEmpty;
using testing::SizeIs;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

using DropFilesTest = DropPickupTest;

TEST_F(DropFilesTest, SetsAsideWhatOneRecipientIsRefusedForAndGivesItToNobody) {
  start_without_mail();
  put("a.mail",
      envelope("good@d.example") + "RCPT TO:<b@d>\r\n" + mail::drop_content_command(letter.size()) +
          letter + "QUIT\r\n");

  look_again();
  look_again();

  EXPECT_THAT(store_.messages(), IsEmpty());
  EXPECT_THAT(names(), ElementsAre("a.mail.refused"));
  EXPECT_EQ(count_in_log("drop_refused file=a.mail status=5.1.2"), 1U);
}

TEST_F(DropFilesTest, LeavesAnUnfinishedFileADayForItsWriter) {
  const auto whole = drop_file();
  start_without_mail();
  put("no_quit.mail", whole.substr(0, whole.size() - 6));
  put("cut.mail", envelope("c@d.example") + "BDAT 1000 LAST\r\n" + letter);
  put("empty.mail", "");
  put("b.new", whole);
  age_by(23h);
  EXPECT_THAT(names(), SizeIs(4));

  age_by(2h);
  time_.run_for(DropPickup::longest_wait);

  EXPECT_THAT(store_.messages(), IsEmpty());
  EXPECT_THAT(names(), IsEmpty());
  EXPECT_EQ(count_in_log("drop_unfinished_removed"), 4U);
}

TEST_F(DropFilesTest, LooksAtAnUnfinishedFileLessAndLessOften) {
  start_without_mail();
  put("cut.mail", envelope("c@d.example") + "BDAT 1000 LAST\r\n" + letter);

  time_.run_for(1min);
  EXPECT_EQ(count_in_log("drop_unfinished file=cut.mail"), 2U);
  time_.run_for(1h);

  EXPECT_LE(count_in_log("drop_unfinished file=cut.mail"), 11U);
}

TEST_F(DropFilesTest, ReadsNoFileOfSomebodyElse) {
  const auto secret = temp_.path() / "secret";
  std::ofstream(secret) << drop_file();
  start_without_mail();
  fs::create_symlink(secret, folder_ / "symlink.mail");
  fs::create_hard_link(secret, folder_ / "hardlink.mail");

  look_again();
  look_again();

  EXPECT_THAT(store_.messages(), IsEmpty());
  EXPECT_EQ(count_in_log("drop_ignored file=symlink.mail status=5.7.1"), 1U);
  EXPECT_EQ(count_in_log("drop_ignored file=hardlink.mail status=5.7.1"), 1U);
  EXPECT_TRUE(fs::exists(secret));
}

TEST_F(DropFilesTest, WaitsForNothingThatIsNoFile) {
  start_without_mail();
  ASSERT_EQ(::mkfifo((folder_ / "pipe.mail").c_str(), 0666), 0);
  fs::create_directories(folder_ / "folder.mail" / "inner");
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  (folder_ / "socket.mail").string().copy(address.sun_path, sizeof(address.sun_path) - 1);
  const FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM, 0));
  ASSERT_EQ(::bind(socket.number(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  put("z.mail", drop_file());

  look_again();
  look_again();
  EXPECT_EQ(count_in_log("drop_ignored"), 3U);
  age_by(25h);

  EXPECT_THAT(store_.messages(), SizeIs(1));
  EXPECT_THAT(names(), ElementsAre("folder.mail"));
}

TEST_F(DropFilesTest, SetsAsideWhatIsLargerThanAMessageMayBe) {
  settings_.max_message_bytes = 1000;
  settings_.max_recipients = 1;
  settings_.max_command_bytes = 100;
  start_without_mail();
  put("a.mail", drop_file("c@d.example", std::string(1500, 'x') + "\r\n"));
  put("b.mail", drop_file("c@d.example", std::string(10'000, 'x') + "\r\n"));

  look_again();

  EXPECT_THAT(store_.messages(), IsEmpty());
  EXPECT_THAT(names(), ElementsAre("a.mail.refused", "b.mail.refused"));
  EXPECT_EQ(count_in_log("drop_refused file=a.mail status=5.3.4"), 1U);
  EXPECT_EQ(count_in_log("drop_refused file=b.mail status=5.3.4"), 1U);
}

TEST_F(DropFilesTest, SetsAsideWhatIsNoDropFile) {
  const auto content = "BDAT 5\r\nabcdeBDAT 0 LAST\r\nQUIT\r\n";
  start_without_mail();
  put("garbage.mail", "\x01\x02\xff nonsense\r\nQUIT\r\n");
  put("long_line.mail", std::string(20'000, 'x') + "\r\nQUIT\r\n");
  put("nothing.mail", "EHLO x.example\r\nQUIT\r\n");
  put("chunks.mail", envelope("c@d.example") + content);
  put("data.mail", envelope("c@d.example") + "DATA\r\nSubject: x\r\n\r\nhi\r\n.\r\nQUIT\r\n");

  look_again();

  EXPECT_THAT(store_.messages(), IsEmpty());
  EXPECT_EQ(store_.chunk_count(), 0U);
  EXPECT_EQ(count_in_log("drop_refused"), 5U);
  for (const auto& name : names())
    EXPECT_THAT(name, EndsWith(".mail.refused"));
}

TEST_F(DropFilesTest, TakesOneMessageFromAFileOrNone) {
  const auto whole = drop_file();
  start_without_mail();
  put("a.mail", whole.substr(0, whole.size() - 6) + drop_file("second@d.example"));

  look_again();

  EXPECT_THAT(store_.messages(), IsEmpty());
  EXPECT_THAT(names(), ElementsAre("a.mail.refused"));
}

TEST_F(DropFilesTest, IsNotKeptBusyByOneFile) {
  std::string endless = "EHLO x.example\r\n";
  while (endless.size() < 200'000)
    endless += "NOOP\r\n";
  settings_.max_recipients = 10;
  start_without_mail();
  put("a.mail", endless + "QUIT\r\n");

  look_again();

  EXPECT_TRUE(log_.has("drop_refused file=a.mail status=5.6.0"));
}

TEST_F(DropFilesTest, FindsMailBehindAHeapOfRubbish) {
  start_without_mail();
  for (std::size_t i = 0; i < 2 * DropFiles::entries_per_look; ++i)
    put(std::to_string(i) + ".mail.refused", "");
  put("a.mail", drop_file());

  time_.run_for(4 * DropPickup::pause);

  EXPECT_THAT(store_.messages(), SizeIs(1));
}

}  // namespace
}  // namespace greyhound::intake
