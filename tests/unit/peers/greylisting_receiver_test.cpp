#include "peers/greylisting_receiver.hpp"

#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "peers/blocking_client.hpp"
#include "peers/dot_reader.hpp"

namespace greyhound::peers {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

// Wall time as the test sets it; waits take real time.
class SteppedClock final : public Clock {
 public:
  Instant wall() const override { return Instant(Duration(wall_us_.load())); }
  SteadyInstant steady() const override { return system_.steady(); }
  Awaitable<> sleep(Duration wait) override { return system_.sleep(wait); }
  void step(Duration by) { wall_us_ += by.count(); }

 private:
  SystemClock system_;
  std::atomic<std::int64_t> wall_us_ = 1'772'366'400'000'000;  // 2026-03-01T12:00:00Z
};

ReceiverSetup ten_seconds_on_loopback() {
  ReceiverSetup setup;
  setup.greylister.timers = {
      .initial_denial = 10s, .unverified_expiry = 60s, .verified_expiry = 600s};
  setup.listeners = {Endpoint{*IpAddress::parse("127.0.0.1"), 0}};
  return setup;
}

ReceiverRule rule(std::string_view text) {
  return *ReceiverRule::parse(text);
}

Letter a_letter(std::vector<std::string> recipients = {"bob@receiver.example"}) {
  return {.sender = "ann@sender.example",
          .recipients = std::move(recipients),
          .bytes = "Subject: hello\r\n\r\n.dot\r\n..\r\nlast\r\n"};
}

class GreylistingReceiverTest : public testing::Test {
 protected:
  GreylistingReceiverTest() {
    std::string name = (std::filesystem::temp_directory_path() / "receiver-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }
  ~GreylistingReceiverTest() override {
    receiver_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  void start(ReceiverSetup setup) {
    receiver_ = std::make_unique<GreylistingReceiver>(std::move(setup), clock_);
    ASSERT_TRUE(receiver_->start().has_value());
  }
  Endpoint endpoint(std::size_t index = 0) const { return receiver_->endpoints().at(index); }
  BlockingClient a_client() const {
    auto client = BlockingClient::connect(endpoint()).value();
    EXPECT_EQ(client.read_reply().value().code, 220);
    return client;
  }
  Submission submitted(const Letter& letter, std::size_t index = 0) const {
    return submit(endpoint(index), letter).value();
  }
  const ReceiverJournal& journal() const { return receiver_->journal(); }

  SteppedClock clock_;
  std::filesystem::path folder_;
  std::unique_ptr<GreylistingReceiver> receiver_;
};

TEST_F(GreylistingReceiverTest, RefusesAtRcptAndAcceptsTheSameBytesAfterTheDenial) {
  start(ten_seconds_on_loopback());

  const auto first = submitted(a_letter());
  clock_.step(9s);
  const auto early = submitted(a_letter());
  clock_.step(1s);
  const auto third = submitted(a_letter());

  EXPECT_EQ(first.recipients.at(0).to_string(), "451 4.7.1 Please try again later");
  EXPECT_EQ(first.end.code, 554);
  EXPECT_EQ(early.recipients.at(0).code, 451);
  EXPECT_EQ(third.end.to_string(), "250 2.0.0 Accepted");
  ASSERT_THAT(journal().messages(), SizeIs(1));
  EXPECT_EQ(journal().messages()[0].bytes, a_letter().bytes);
  ASSERT_THAT(journal().contacts(), SizeIs(3));
  EXPECT_EQ(journal().contacts()[0].verdict, "first_contact");
  EXPECT_EQ(journal().contacts()[1].verdict, "too_early");
  EXPECT_EQ(journal().contacts()[2].verdict, "passed");
}

TEST_F(GreylistingReceiverTest, GreylistsInAnswerToDataWhereItIsToldTo) {
  auto setup = ten_seconds_on_loopback();
  setup.receiver.stage = RefusalStage::data;
  start(std::move(setup));

  const auto first = submitted(a_letter());
  clock_.step(10s);
  const auto second = submitted(a_letter());

  EXPECT_EQ(first.recipients.at(0).code, 250);
  EXPECT_EQ(first.end.code, 451);
  EXPECT_EQ(second.end.code, 250);
  EXPECT_THAT(journal().messages(), SizeIs(1));
}

TEST_F(GreylistingReceiverTest, KeepsTheBytesThatItRefusedAfterTheFinalDot) {
  auto setup = ten_seconds_on_loopback();
  setup.receiver.stage = RefusalStage::eom;
  start(std::move(setup));

  submitted(a_letter());
  clock_.step(10s);
  submitted(a_letter());

  const auto messages = journal().messages();
  ASSERT_THAT(messages, SizeIs(2));
  EXPECT_FALSE(messages[0].is_accepted);
  EXPECT_TRUE(messages[1].is_accepted);
  EXPECT_EQ(messages[0].sha256, messages[1].sha256);
  EXPECT_EQ(messages[0].reply, "451 4.7.1 Please try again later");
}

TEST_F(GreylistingReceiverTest, AnswersEachRecipientByItsRule) {
  auto setup = ten_seconds_on_loopback();
  setup.receiver.rules = {rule("*@open.example accept"),
                          rule("*@full.example defer 452 4.2.2 Mailbox of %RECIPIENT% full"),
                          rule("gone@* refuse"),
                          rule("*@wait.example greylist 450 4.2.0 Greylisted for %SECONDS% s")};
  start(std::move(setup));

  const auto done =
      submitted(a_letter({"a@open.example", "b@full.example", "gone@x.example", "c@wait.example"}));

  EXPECT_EQ(done.recipients.at(0).code, 250);
  EXPECT_EQ(done.recipients.at(1).to_string(), "452 4.2.2 Mailbox of b@full.example full");
  EXPECT_EQ(done.recipients.at(2).to_string(), "550 5.1.1 No such recipient");
  EXPECT_EQ(done.recipients.at(3).to_string(), "450 4.2.0 Greylisted for 10 s");
  EXPECT_EQ(done.end.code, 250);
  EXPECT_THAT(journal().messages().at(0).recipients, ElementsAre("a@open.example"));
}

TEST_F(GreylistingReceiverTest, SharesItsTripletsBetweenItsListenersAndWithOtherReceivers) {
  auto setup = ten_seconds_on_loopback();
  setup.listeners.push_back({*IpAddress::parse("127.0.0.2"), 0});
  setup.database = std::make_shared<GreylistDatabase>();
  GreylistingReceiver other(setup, clock_);
  ASSERT_TRUE(other.start().has_value());
  start(std::move(setup));
  const auto from = IpAddress::parse("127.0.0.21");

  const auto first = submit(endpoint(0), a_letter(), from);
  clock_.step(10s);
  const auto second = submit(endpoint(1), a_letter(), from);
  const auto third = submit(other.endpoints().at(0), a_letter(), from);

  EXPECT_EQ(first->recipients.at(0).code, 451);
  EXPECT_EQ(second->end.code, 250);
  EXPECT_EQ(third->end.code, 250);
  EXPECT_EQ(journal().contacts().at(0).session.client.address.to_string(), "127.0.0.21");
  EXPECT_EQ(other.journal().contacts().at(0).verdict, "verified");
}

TEST_F(GreylistingReceiverTest, AnswersCommandsThatCameTogetherInOrder) {
  auto setup = ten_seconds_on_loopback();
  setup.receiver.rules = {rule("*@open.example accept")};
  start(std::move(setup));
  auto client = a_client();
  const auto hello = client.say("EHLO c.example");

  ASSERT_TRUE(
      client.send("MAIL FROM:<> SIZE=10 BODY=8BITMIME\r\nRCPT TO:<a@open.example>\r\n"
                  "RCPT TO:<postmaster>\r\nDATA\r\nx\r\n.\r\nQUIT\r\n"));

  EXPECT_THAT(hello->text(), HasSubstr("PIPELINING"));
  std::vector<int> codes;
  for (int i = 0; i < 6; ++i)
    codes.push_back(client.read_reply()->code);
  // DATA is answered before its text is looked at; the text was there already.
  EXPECT_THAT(codes, ElementsAre(250, 250, 451, 354, 250, 221));
}

TEST_F(GreylistingReceiverTest, RefusesWhatIsLargerThanItSaid) {
  auto setup = ten_seconds_on_loopback();
  setup.receiver.max_message_bytes = 100;
  setup.receiver.rules = {rule("* accept")};
  start(std::move(setup));
  auto client = a_client();
  ASSERT_EQ(client.say("EHLO c.example").value().code, 250);
  auto letter = a_letter();
  letter.bytes = std::string(101, 'x') + "\r\n";

  const auto declared = client.say("MAIL FROM:<a@b.example> SIZE=101");
  const auto sent = client.submit(letter);

  EXPECT_EQ(declared->to_string(), "552 5.3.4 Message too large");
  EXPECT_EQ(sent->end.to_string(), "552 5.3.4 Message too large");
  EXPECT_FALSE(journal().messages().at(0).is_accepted);
}

TEST_F(GreylistingReceiverTest, SurvivesALineOfAHundredKilobytes) {
  start(ten_seconds_on_loopback());
  auto client = a_client();

  const auto reply = client.say("NOOP " + std::string(100'000, 'x'));
  const auto next = client.say("NOOP");

  EXPECT_EQ(reply->code, 500);
  EXPECT_EQ(next->code, 250);
}

TEST_F(GreylistingReceiverTest, AsksForTheRightOrderOfCommands) {
  start(ten_seconds_on_loopback());
  auto client = a_client();

  EXPECT_EQ(client.say("MAIL FROM:<a@b.example>")->code, 503);
  EXPECT_EQ(client.say("HELO")->code, 501);
  EXPECT_EQ(client.say("HELO c.example")->code, 250);
  EXPECT_EQ(client.say("RCPT TO:<a@b.example>")->code, 503);
  EXPECT_EQ(client.say("DATA")->code, 503);
  EXPECT_EQ(client.say("MAIL FROM:<bad address>")->code, 501);
  EXPECT_EQ(client.say("MAIL FROM:<a@b.example> FUN=1")->code, 555);
  EXPECT_EQ(client.say("MAIL FROM:<a@b.example>")->code, 250);
  EXPECT_EQ(client.say("MAIL FROM:<a@b.example>")->code, 503);
  EXPECT_EQ(client.say("RSET")->code, 250);
  EXPECT_EQ(client.say("DATA")->code, 503);
  EXPECT_EQ(client.say("NONSENSE")->code, 500);
}

TEST_F(GreylistingReceiverTest, HangsUpAfterTooManyErrors) {
  auto setup = ten_seconds_on_loopback();
  setup.receiver.max_errors = 2;
  start(std::move(setup));
  auto client = a_client();
  ASSERT_EQ(client.say("ONE").value().code, 500);
  ASSERT_EQ(client.say("TWO").value().code, 500);

  const auto last = client.say("THREE");

  EXPECT_EQ(last->code, 421);
  EXPECT_EQ(client.read_reply().error().fault, Fault::closed);
}

TEST_F(GreylistingReceiverTest, TurnsClientsAwayBeyondItsSessions) {
  auto setup = ten_seconds_on_loopback();
  setup.receiver.max_sessions = 1;
  start(std::move(setup));
  auto first = a_client();

  auto second = BlockingClient::connect(endpoint());

  EXPECT_EQ(second->read_reply()->code, 421);
  EXPECT_EQ(first.say("NOOP")->code, 250);
}

TEST_F(GreylistingReceiverTest, CutsOpenSessionsWhenItStops) {
  start(ten_seconds_on_loopback());
  auto client = a_client();

  receiver_->stop();

  EXPECT_EQ(client.read_reply().error().fault, Fault::closed);
  EXPECT_EQ(BlockingClient::connect(endpoint()).error().fault, Fault::network);
}

TEST_F(GreylistingReceiverTest, NamesTheListenerThatItCannotOpen) {
  start(ten_seconds_on_loopback());
  auto setup = ten_seconds_on_loopback();
  setup.listeners = {endpoint()};
  GreylistingReceiver second(setup, clock_);

  const auto started = second.start();

  ASSERT_FALSE(started.has_value());
  EXPECT_THAT(started.error().what, HasSubstr(endpoint().to_string()));
}

TEST_F(GreylistingReceiverTest, LogsAndStoresWhatItSaw) {
  auto setup = ten_seconds_on_loopback();
  setup.receiver.rules = {rule("*@open.example accept")};
  setup.journal = {
      .log_file = folder_ / "log", .store_folder = folder_, .logs_message_bytes = true};
  start(std::move(setup));
  auto letter = a_letter({"a@open.example", "b@wait.example"});
  letter.bytes = "Subject: \xfc\r\n\r\nx\r\n";

  submitted(letter);
  receiver_->stop();

  std::ifstream in(folder_ / "log");
  std::vector<nlohmann::json> events;
  for (std::string line; std::getline(in, line);)
    events.push_back(nlohmann::json::parse(line));
  std::vector<std::string> names;
  for (const auto& event : events)
    names.push_back(event.at("event"));
  EXPECT_THAT(names,
              ElementsAre("connect",
                          "command",
                          "command",
                          "recipient",
                          "command",
                          "recipient",
                          "command",
                          "message",
                          "command",
                          "close"));
  const auto& message = events.at(7);
  EXPECT_EQ(message.at("bytes"), "Subject: \u00fc\r\n\r\nx\r\n");
  EXPECT_EQ(message.at("size_bytes"), 17);
  EXPECT_EQ(message.at("sha256"), journal().messages().at(0).sha256);
  std::ifstream stored(message.at("file").get<std::string>(), std::ios::binary);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(stored), {}), letter.bytes);
  EXPECT_EQ(events.back().at("how"), "quit");
}

TEST(ReceiverRule, IsReadFromOneLine) {
  const auto full = ReceiverRule::parse("*@x.example defer eom 452 4.2.2 Mailbox full");

  ASSERT_TRUE(full.has_value());
  EXPECT_EQ(full->recipient, "*@x.example");
  EXPECT_EQ(full->action, ReceiverRule::Action::defer);
  EXPECT_EQ(full->stage, RefusalStage::eom);
  EXPECT_EQ(full->reply, (ReplyText{.code = 452, .status = "4.2.2", .text = "Mailbox full"}));
  EXPECT_FALSE(ReceiverRule::parse("* sometimes").has_value());
  EXPECT_FALSE(ReceiverRule::parse("* refuse No").has_value());
  EXPECT_FALSE(ReceiverRule::parse("").has_value());
}

TEST(DotReader, UndoesStuffingHoweverTheBytesAreCut) {
  const std::string original = ".\r\n..a\r\n\r\r\n.\rb\r\nlone\nfeed\n.\n\r\n";
  const auto wire = dot_stuffed(original) + "NOOP\r\n";

  for (std::size_t step = 1; step < wire.size(); ++step) {
    DotReader reader(1000);
    std::size_t used = 0;
    while (!reader.is_complete()) {
      const auto piece = std::string_view(wire).substr(used, step);
      ASSERT_FALSE(piece.empty());
      used += reader.feed(piece);
    }
    ASSERT_EQ(wire.substr(used), "NOOP\r\n");
    ASSERT_EQ(reader.bare_line_feeds(), 3U);
    ASSERT_EQ(reader.take(), original);
  }
}

TEST(DotReader, CountsWhatIsBeyondItsLimitWithoutKeepingIt) {
  DotReader reader(10);

  reader.feed(dot_stuffed(std::string(1'000'000, 'x')));

  EXPECT_TRUE(reader.is_complete());
  EXPECT_TRUE(reader.is_over_limit());
  EXPECT_THAT(reader.take(), SizeIs(10));
}

}  // namespace
}  // namespace greyhound::peers
