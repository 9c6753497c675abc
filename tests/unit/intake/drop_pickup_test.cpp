#include "intake/drop_pickup.hpp"

#include <gmock/gmock.h>
#include <unistd.h>

#include "drop_world.hpp"

namespace greyhound::intake {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;
using testing::UnorderedElementsAre;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

TEST_F(DropPickupTest, MakesAFolderThatAllMayWriteToAndNobodyMayList) {
  start();

  EXPECT_EQ(folder_mode(), 01733U);
  EXPECT_THAT(log_.lines, IsEmpty());
}

TEST_F(DropPickupTest, SetsTheModeOfAFolderOfOursAndSaysSo) {
  fs::create_directory(folder_);
  ASSERT_EQ(::chmod(folder_.c_str(), 0777), 0);

  start();

  EXPECT_EQ(folder_mode(), 01733U);
  EXPECT_TRUE(log_.has("drop_folder_mode_set"));
}

TEST_F(DropPickupTest, SaysOnceThatThereIsNoFolder) {
  std::ofstream(folder_) << "a file in its place";

  start();
  look_again();
  look_again();

  EXPECT_EQ(count_in_log("drop_folder_failed"), 1U);
  EXPECT_THAT(log_.lines.at(0), HasSubstr("Not a directory"));
}

TEST_F(DropPickupTest, TakesAMessageInTheNameOfItsOwner) {
  start_without_mail();
  put("a.mail", drop_file());

  look_again();

  ASSERT_THAT(store_.messages(), SizeIs(1));
  const auto message = store_.messages().at(0).message;
  const auto owner = "uid " + std::to_string(::getuid());
  EXPECT_EQ(message.client, owner);
  EXPECT_THAT(store_.content(message.id), StartsWith("Received: from here.example (" + owner));
  EXPECT_THAT(store_.content(message.id), EndsWith("\r\n" + letter));
  EXPECT_THAT(names(), IsEmpty());
  EXPECT_TRUE(log_.has("drop_taken file=a.mail status=2.0.0 client=\"" + owner));
}

TEST_F(DropPickupTest, TakesALongMessageInPieces) {
  std::string content = "Subject: long\r\n\r\n";
  while (content.size() < 300'000)
    content += "a line of it\r\n";
  start_without_mail();
  put("a.mail", drop_file("c@d.example", content));

  look_again();

  ASSERT_THAT(store_.messages(), SizeIs(1));
  EXPECT_THAT(store_.content(store_.messages().at(0).message.id), EndsWith("\r\n" + content));
}

TEST_F(DropPickupTest, TakesWhatLayThereBeforeItsStartOldestFirst) {
  start_without_mail();
  stop();
  is_stopped_ = false;
  put("a.mail", drop_file("second@d.example"));
  put("b.mail", drop_file("first@d.example"));
  fs::last_write_time(folder_ / "b.mail", fs::file_time_type::clock::now() - 1h);

  start();

  EXPECT_THAT(recipients(), ElementsAre("first@d.example", "second@d.example"));
}

TEST_F(DropPickupTest, TriesLaterWhatThereIsNoRoomFor) {
  store_.set_faults({.accept = Fault::disk_full});
  start_without_mail();
  put("a.mail", drop_file());
  look_again();
  EXPECT_EQ(count_in_log("drop_deferred file=a.mail status=4.3.1"), 1U);

  time_.run_for(DropPickup::first_wait - DropPickup::pause);
  EXPECT_EQ(count_in_log("drop_deferred"), 1U);
  time_.run_for(2 * DropPickup::pause);
  EXPECT_EQ(count_in_log("drop_deferred"), 2U);
  store_.set_faults({});
  time_.run_for(2 * DropPickup::first_wait + DropPickup::pause);

  EXPECT_THAT(store_.messages(), SizeIs(1));
  EXPECT_THAT(names(), IsEmpty());
}

TEST_F(DropPickupTest, LetsOtherMailPassWhatWaits) {
  settings_.max_recipients = 1;
  start_without_mail();
  put("a.mail",
      envelope("c@d.example") + "RCPT TO:<e@f.example>\r\n" +
          mail::drop_content_command(letter.size()) + letter + "QUIT\r\n");
  look_again();
  put("b.mail", drop_file());

  look_again();

  EXPECT_TRUE(log_.has("drop_deferred file=a.mail status=4.5.3"));
  EXPECT_THAT(recipients(), ElementsAre("c@d.example"));
  EXPECT_THAT(names(), ElementsAre("a.mail"));
}

TEST_F(DropPickupTest, EndsOnceTheFileInHandIsGone) {
  start_without_mail();
  store_.is_held = true;
  put("a.mail", drop_file());
  put("b.mail", drop_file());
  look_again();

  EXPECT_FALSE(begin_stop());
  store_.let_go();
  settle();

  EXPECT_TRUE(is_stopped_);
  EXPECT_THAT(store_.messages(), SizeIs(1));
  EXPECT_THAT(names(), ElementsAre("b.mail"));
}

// What its owner may do between the moment when the file is opened and the one when it is removed.
TEST_F(DropPickupTest, LosesAndBlocksNoMailWhereAFileIsReplacedWhileItIsTaken) {
  start_without_mail();
  store_.is_held = true;
  put("a.mail", drop_file("old@d.example"));
  look_again();
  put("new", drop_file("new@d.example"));
  fs::rename(folder_ / "new", folder_ / "a.mail");
  put("b.mail", drop_file("other@d.example"));
  store_.is_held = false;
  store_.let_go();

  look_again();

  EXPECT_THAT(recipients(),
              UnorderedElementsAre("old@d.example", "new@d.example", "other@d.example"));
  EXPECT_THAT(names(), IsEmpty());
}

TEST_F(DropPickupTest, TakesAFileForGoneThatHasBecomeAFolder) {
  start_without_mail();
  store_.is_held = true;
  put("a.mail", drop_file());
  look_again();
  fs::remove(folder_ / "a.mail");
  fs::create_directory(folder_ / "a.mail");
  put("b.mail", drop_file());
  store_.is_held = false;
  store_.let_go();

  look_again();

  EXPECT_THAT(store_.messages(), SizeIs(2));
  EXPECT_THAT(names(), ElementsAre("a.mail"));
  EXPECT_EQ(count_in_log("drop_not_removed"), 0U);
}

TEST_F(DropPickupTest, TakesNothingElseOfAUserWhoseQueuedMessageCannotBeRemoved) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs files of two users";
  start_without_mail();
  store_.is_held = true;
  put("a.mail", drop_file("first@d.example"));
  look_again();
  put("b.mail", drop_file("second@d.example"));
  put_of(12345, "c.mail", drop_file("other@d.example"));
  {
    const Powerless agent(folder_);
    store_.is_held = false;
    store_.let_go();
    look_again();
    look_again();
    EXPECT_THAT(recipients(), UnorderedElementsAre("first@d.example", "other@d.example"));
    EXPECT_EQ(count_in_log("drop_not_removed file=a.mail"), 1U);
    EXPECT_EQ(count_in_log("drop_not_removed file=c.mail"), 1U);
  }
  look_again();

  EXPECT_THAT(store_.messages(), SizeIs(3));
  EXPECT_THAT(names(), IsEmpty());
}

TEST_F(DropPickupTest, TakesTurnsBetweenUsers) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs files of two users";
  start_without_mail();
  for (const auto* name : {"a", "b", "c", "d"})
    put(name + std::string(".mail"), drop_file(name + std::string("@flood.example")));
  put_of(12345, "e.mail", drop_file("e@d.example"));
  put_of(12345, "f.mail", drop_file("f@d.example"));

  look_again();

  EXPECT_THAT(recipients(),
              ElementsAre("e@d.example",
                          "a@flood.example",
                          "f@d.example",
                          "b@flood.example",
                          "c@flood.example",
                          "d@flood.example"));
}

TEST_F(DropPickupTest, TakesABacklogWithoutAPause) {
  start_without_mail();
  for (int i = 0; i < 250; ++i)
    put(std::to_string(i) + ".mail", drop_file());

  look_again();

  EXPECT_THAT(store_.messages(), SizeIs(250));
}

TEST_F(DropPickupTest, GoesOnInANewFolderWhereTheOldOneWasMovedAway) {
  start_without_mail();
  fs::rename(folder_, temp_.path() / "moved");
  fs::remove(temp_.path() / "moved");
  look_again();

  put("a.mail", drop_file());
  look_again();

  EXPECT_EQ(folder_mode(), 01733U);
  EXPECT_THAT(store_.messages(), SizeIs(1));
}

}  // namespace
}  // namespace greyhound::intake
