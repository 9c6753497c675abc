#include "queue/dot_marks.hpp"

#include <fstream>

#include <gmock/gmock.h>

#include "queue/backup.hpp"
#include "queue/integrity.hpp"
#include "unit/queue/queue_fixture.hpp"

namespace greyhound::queue {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

std::string bytes_of(const std::filesystem::path& file) {
  std::ifstream from(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(from), {}};
}

void put_bytes(const std::filesystem::path& file, const std::string& bytes) {
  std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
}

class DotMarksTest : public testing::Test {
 protected:
  std::unique_ptr<DotMarks> opened() {
    auto marks = DotMarks::open(file_);
    EXPECT_TRUE(marks) << marks.error().what;
    return std::move(*marks);
  }

  static DotMark mark_of(std::uint64_t message, std::vector<std::uint16_t> recipients = {0}) {
    return {.id = {MessageId(message), 1},
            .attempted = noon - 1h,
            .sent = {.at = noon, .recipients = std::move(recipients)}};
  }

  static Delivery delivery_of(const DotMark& mark) {
    auto delivery = a_delivery(mark.id.message, mark.id.number, "a.example", noon);
    delivery.attempted = mark.attempted;
    return delivery;
  }

  world::TempFolder folder_;
  std::filesystem::path file_ = folder_.path() / "marks";
};

TEST_F(DotMarksTest, AreInTheFileAsSoonAsTheyAreSet) {
  const auto marks = opened();

  ASSERT_TRUE(marks->set(mark_of(7, {2, 300})));

  const auto found = DotMarks::read(file_);
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].id, (DeliveryId{MessageId(7), 1}));
  EXPECT_EQ(found[0].attempted, noon - 1h);
  EXPECT_EQ(found[0].sent.at, noon);
  EXPECT_THAT(found[0].sent.recipients, ElementsAre(2, 300));
}

TEST_F(DotMarksTest, AreGoneOnceTheyAreCleared) {
  const auto marks = opened();
  ASSERT_TRUE(marks->set(mark_of(7)));
  ASSERT_TRUE(marks->set(mark_of(8)));

  marks->clear({MessageId(7), 1});
  marks->clear({MessageId(9), 1});

  EXPECT_FALSE(marks->of(delivery_of(mark_of(7))));
  const auto found = DotMarks::read(file_);
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].id.message, MessageId(8));
}

TEST_F(DotMarksTest, OfOneAttemptAddUp) {
  const auto marks = opened();

  ASSERT_TRUE(marks->set(mark_of(7, {0, 1})));
  ASSERT_TRUE(marks->set(mark_of(7, {1, 2})));

  const auto found = DotMarks::read(file_);
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_THAT(found[0].sent.recipients, UnorderedElementsAre(0, 1, 2));
}

TEST_F(DotMarksTest, OfALaterAttemptTakeThePlaceOfTheEarlier) {
  const auto marks = opened();
  ASSERT_TRUE(marks->set(mark_of(7, {0, 1})));

  auto later = mark_of(7, {2});
  later.attempted = noon;
  ASSERT_TRUE(marks->set(later));

  EXPECT_FALSE(marks->of(delivery_of(mark_of(7))));
  const auto sent = marks->of(delivery_of(later));
  ASSERT_TRUE(sent);
  EXPECT_THAT(sent->recipients, ElementsAre(2));
}

TEST_F(DotMarksTest, SayNothingOfADeliveryThatWasSettledMeanwhile) {
  const auto marks = opened();
  ASSERT_TRUE(marks->set(mark_of(7)));
  auto settled = delivery_of(mark_of(7));
  settled.attempted = noon + 1s;

  EXPECT_TRUE(marks->of(delivery_of(mark_of(7))));
  EXPECT_FALSE(marks->of(settled));
}

TEST_F(DotMarksTest, AreRefusedWhereThereIsNoRoom) {
  const auto marks = opened();
  const std::vector<std::uint16_t> far_too_many(1000, 300);
  EXPECT_FALSE(marks->set(mark_of(7, far_too_many)));

  for (std::uint64_t i = 1; i <= DotMarks::slots; ++i)
    ASSERT_TRUE(marks->set(mark_of(i)));
  EXPECT_FALSE(marks->set(mark_of(DotMarks::slots + 1)));

  marks->clear({MessageId(1), 1});
  EXPECT_TRUE(marks->set(mark_of(DotMarks::slots + 1)));
  EXPECT_THAT(DotMarks::read(file_), SizeIs(DotMarks::slots));
}

TEST_F(DotMarksTest, BeginAnewWhenTheFileIsOpened) {
  ASSERT_TRUE(opened()->set(mark_of(7)));

  const auto marks = opened();

  EXPECT_THAT(DotMarks::read(file_), IsEmpty());
  EXPECT_FALSE(marks->of(delivery_of(mark_of(7))));
}

// The process may die, and the power go, at any byte.
TEST_F(DotMarksTest, ThatAreDamagedReadAsNone) {
  ASSERT_TRUE(opened()->set(mark_of(7)));
  const auto whole = bytes_of(file_);
  const auto begin = whole.find_first_not_of('\0');
  const auto end = whole.find_last_not_of('\0') + 1;
  ASSERT_NE(begin, std::string::npos);

  for (auto at = begin; at < end; ++at) {
    auto damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x20);
    put_bytes(file_, damaged);
    EXPECT_THAT(DotMarks::read(file_), IsEmpty()) << "byte " << at;
  }
}

TEST_F(DotMarksTest, AreNoneWhereThereIsNoFileOrAPartOfOne) {
  EXPECT_THAT(DotMarks::read(file_), IsEmpty());

  put_bytes(file_, std::string(100, 'x'));
  EXPECT_THAT(DotMarks::read(file_), IsEmpty());
}

TEST_F(DotMarksTest, ThatAreOnlyShownNeedNoFile) {
  const DotMarks marks({mark_of(7)});

  EXPECT_TRUE(marks.of(delivery_of(mark_of(7))));
  EXPECT_FALSE(marks.of(delivery_of(mark_of(8))));
}

class MarkedStoreTest : public QueueTest {};

TEST_F(MarkedStoreTest, ShowsTheMarkWhileTheAttemptRuns) {
  const auto id = accept({"a.example"});

  ASSERT_TRUE(run(store_->mark_dot_sent({.id = {id, 1}, .sent = {noon, {0}}})));

  EXPECT_TRUE(loaded({id, 1}).dot_sent);
  EXPECT_TRUE(run(store_->load_message(id))->deliveries[0].dot_sent);
  EXPECT_TRUE(run(store_->list(std::nullopt, 10))->deliveries[0].delivery.dot_sent);
}

TEST_F(MarkedStoreTest, ShowsItToWhoeverReadsTheFolderBesides) {
  const auto id = accept({"a.example"});
  ASSERT_TRUE(run(store_->mark_dot_sent({.id = {id, 1}, .sent = {noon, {0}}})));

  const auto reader = open_rocks_store(settings_, OpenMode::read_only, clock_, log_);

  ASSERT_TRUE(reader) << reader.error().what;
  EXPECT_TRUE(run((*reader)->load({id, 1}))->delivery.dot_sent);
}

TEST_F(MarkedStoreTest, KeepsItWhereTheSettlementFailed) {
  const auto id = accept({"a.example"});
  ASSERT_TRUE(run(store_->mark_dot_sent({.id = {id, 1}, .sent = {noon, {0}}})));
  auto impossible = a_message(store_->new_id(), {"origin.example"}, noon);
  impossible.body.clear();
  impossible.message.chunks = 1;  // which never came in
  Settlement failing{.after = closed(loaded({id, 1}))};
  failing.notices.push_back(impossible);

  ASSERT_FALSE(run(store_->settle(failing)));

  EXPECT_THAT(DotMarks::read(settings_.folder / DotMarks::file_name), SizeIs(1));
}

TEST_F(MarkedStoreTest, ForgetsItWithTheDelivery) {
  const auto id = accept({"a.example", "b.example"});
  ASSERT_TRUE(run(store_->mark_dot_sent({.id = {id, 1}, .sent = {noon, {0}}})));
  ASSERT_TRUE(run(store_->mark_dot_sent({.id = {id, 2}, .sent = {noon, {0}}})));

  ASSERT_TRUE(run(store_->settle({.after = closed(loaded({id, 1}))})));
  const auto entry = due_entry_of(loaded({id, 2}));
  ASSERT_TRUE(run(store_->quarantine(entry, "for a test")));

  EXPECT_THAT(DotMarks::read(settings_.folder / DotMarks::file_name), IsEmpty());
}

TEST_F(MarkedStoreTest, MarksTheRecordWhereThereCanBeNoFile) {
  const auto id = accept({"a.example"});
  store_.reset();
  std::filesystem::remove(settings_.folder / DotMarks::file_name);
  std::filesystem::create_directory(settings_.folder / DotMarks::file_name);
  open();

  ASSERT_TRUE(run(store_->mark_dot_sent({.id = {id, 1}, .sent = {noon, {0}}})));
  reopen();

  EXPECT_TRUE(log_.has("queue_marks_failed"));
  EXPECT_TRUE(loaded({id, 1}).dot_sent);
}

TEST_F(MarkedStoreTest, MarksTheRecordWhereTheFileHasNoRoom) {
  const auto id = accept({"a.example"});
  const std::vector<std::uint16_t> far_too_many(1000, 0);

  ASSERT_TRUE(run(store_->mark_dot_sent({.id = {id, 1}, .sent = {noon, far_too_many}})));
  reopen();

  ASSERT_TRUE(loaded({id, 1}).dot_sent);
  EXPECT_THAT(loaded({id, 1}).dot_sent->recipients, ElementsAre(0));
}

TEST_F(MarkedStoreTest, IsCountedByACheckOfTheStoppedQueue) {
  const auto id = accept({"a.example", "b.example"});
  ASSERT_TRUE(run(store_->mark_dot_sent({.id = {id, 1}, .sent = {noon, {0}}})));
  store_.reset();

  const auto report = check_integrity(settings_, log_, {});

  ASSERT_TRUE(report) << report.error().what;
  EXPECT_EQ(report->deliveries.in_doubt, 1U);
  EXPECT_EQ(report->deliveries.fresh, 1U);
}

TEST_F(MarkedStoreTest, GoesIntoTheCopyOfALiveQueue) {
  const auto id = accept({"a.example"});
  ASSERT_TRUE(run(store_->mark_dot_sent({.id = {id, 1}, .sent = {noon, {0}}})));
  const auto copy = folder_.path() / "copy";

  ASSERT_TRUE(run(store_->back_up(copy)));
  settings_.folder = copy;
  reopen();

  EXPECT_TRUE(loaded({id, 1}).dot_sent);
}

TEST_F(MarkedStoreTest, GoesIntoTheCopyOfAQueueThatNobodyHasOpen) {
  const auto id = accept({"a.example"});
  ASSERT_TRUE(run(store_->mark_dot_sent({.id = {id, 1}, .sent = {noon, {0}}})));
  store_.reset();
  const auto copy = folder_.path() / "copy";

  ASSERT_TRUE(back_up_stopped(settings_, copy, log_));
  settings_.folder = copy;
  open();

  EXPECT_TRUE(loaded({id, 1}).dot_sent);
}

}  // namespace
}  // namespace greyhound::queue
