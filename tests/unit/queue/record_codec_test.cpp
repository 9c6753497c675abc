#include "queue/record_codec.hpp"

#include <gtest/gtest.h>

#include "unit/queue/forged_record.hpp"
#include "unit/queue/golden_file.hpp"
#include "world/fake_clock.hpp"

namespace greyhound::queue {
namespace {

using namespace std::chrono_literals;
constexpr Instant noon = world::FakeClock::noon;
constexpr MessageId sample_id{0x0123'4567'89ab'cde0};

// Everything set, nothing to its default.
Message sample_message() {
  Message message{.id = sample_id};
  message.kind = MessageKind::failure_notice;
  message.about = MessageId(0x0123'4567'89ab'0000);
  message.arrived = noon + 123456us;
  message.reverse_path = mail::Address::parse(
      "\"j\xc3\xbc b\"@B\xc3\xbc"
      "cher.example");
  message.return_content = mail::Return::full;
  message.envelope_id = "QQ314159";
  message.is_eight_bit = true;
  message.is_smtp_utf8 = true;
  message.has_utf8_header = true;
  message.tls_wish = mail::TlsWish::not_required;
  message.is_bulk = true;
  message.client = "uid 33";
  message.message_id_header = "<1@origin.example>";
  message.size_bytes = 5'000'000'000;
  message.chunks = 70'000;
  message.deliveries = 300;
  message.open_deliveries = 299;
  message.delay_notice_at = noon + 1h;
  return message;
}

GreylistKeys sample_keys() {
  GreylistKeys keys;
  keys[KeyKind::source] = 1;
  keys[KeyKind::sender] = 0xfedcba9876543210;
  keys[KeyKind::triplet] = UINT64_MAX;
  return keys;
}

Delivery sample_delivery() {
  using mail::EnhancedStatus;
  Delivery delivery{.id = {sample_id, 7}, .domain = "d.example"};
  DeliveryRecipient waiting{mail::Recipient{*mail::Address::parse("One@D.example")}};
  waiting.recipient.notify = {.is_given = true, .on_success = true, .on_delay = true};
  waiting.recipient.original = "rfc822;one@d.example";
  const EnhancedStatus greylisted(EnhancedStatus::Class::transient, 7, 1);
  mail::Reply reply{.code = 451, .status = greylisted, .lines = {"Greylisted", "come back"}};
  mail::Outcome deferred{
      mail::Verdict::deferred, mail::Stage::rcpt, greylisted, std::move(reply), ""};
  waiting.last = LastOutcome{std::move(deferred), "mx1.d.example", noon - 1us};
  DeliveryRecipient refused{mail::Recipient{*mail::Address::parse("two@d.example")}};
  refused.disposition = Disposition::failed;
  mail::Outcome expired{mail::Verdict::refused,
                        mail::Stage::local,
                        EnhancedStatus(EnhancedStatus::Class::permanent, 4, 7),
                        std::nullopt,
                        "gave up"};
  refused.last = LastOutcome{std::move(expired), "", noon};
  delivery.recipients = {waiting, refused};
  delivery.attempts = 3;
  delivery.uncounted = 200;
  delivery.attempted = noon;
  delivery.due = noon + 10min;
  delivery.expires = Instant(-1us);
  delivery.rule = "default";
  delivery.series = Series::greylist;
  delivery.position = 2;
  delivery.wait = 10min;
  delivery.terms = {.source = WaitSource::third_contact,
                    .margin = 2s,
                    .jitter_most = 3s,
                    .least = 30s,
                    .most = 108min,
                    .signature = "three_contacts"};
  delivery.greylist_anchor = noon - 1h;
  delivery.pending_until = noon + 2h;
  delivery.greylist = {.knocks = 4,
                       .refused = 40min,
                       .refused_before = 39min,
                       .stated = StatedWait{.wait = 300s, .since = noon - 5min},
                       .known_end = 61min,
                       .opens_door = true,
                       .punishes_early = true,
                       .keys = sample_keys()};
  delivery.moved_by = Mover::stood_back;
  delivery.reply_class = mail::ReplyClass::tls;
  delivery.affinity = {.source = IpAddress::parse("2001:db8::25"), .host = "mx1.d.example"};
  delivery.dot_sent = DotSent{noon + 1s, {0, 1}};
  delivery.is_in_doubt = true;
  delivery.is_held = true;
  delivery.undeliverable_since = noon - 1h;
  return delivery;
}

void expect_same(const Message& a, const Message& b) {
  EXPECT_EQ(a.id, b.id);
  EXPECT_EQ(a.kind, b.kind);
  EXPECT_EQ(a.about, b.about);
  EXPECT_EQ(a.arrived, b.arrived);
  EXPECT_EQ(a.reverse_path, b.reverse_path);
  if (a.reverse_path && b.reverse_path) {
    EXPECT_EQ(a.reverse_path->domain(), b.reverse_path->domain());
  }
  EXPECT_EQ(a.return_content, b.return_content);
  EXPECT_EQ(a.envelope_id, b.envelope_id);
  EXPECT_EQ(a.is_eight_bit, b.is_eight_bit);
  EXPECT_EQ(a.is_smtp_utf8, b.is_smtp_utf8);
  EXPECT_EQ(a.has_utf8_header, b.has_utf8_header);
  EXPECT_EQ(a.tls_wish, b.tls_wish);
  EXPECT_EQ(a.is_bulk, b.is_bulk);
  EXPECT_EQ(a.client, b.client);
  EXPECT_EQ(a.message_id_header, b.message_id_header);
  EXPECT_EQ(a.size_bytes, b.size_bytes);
  EXPECT_EQ(a.chunks, b.chunks);
  EXPECT_EQ(a.deliveries, b.deliveries);
  EXPECT_EQ(a.open_deliveries, b.open_deliveries);
  EXPECT_EQ(a.delay_notice_at, b.delay_notice_at);
}

void expect_same(const LastOutcome& a, const LastOutcome& b) {
  EXPECT_EQ(a.outcome.verdict, b.outcome.verdict);
  EXPECT_EQ(a.outcome.stage, b.outcome.stage);
  EXPECT_EQ(a.outcome.status, b.outcome.status);
  EXPECT_EQ(a.outcome.reply, b.outcome.reply);
  EXPECT_EQ(a.outcome.reason, b.outcome.reason);
  EXPECT_EQ(a.host, b.host);
  EXPECT_EQ(a.at, b.at);
}

void expect_same(const Delivery& a, const Delivery& b) {
  EXPECT_EQ(a.id, b.id);
  EXPECT_EQ(a.domain, b.domain);
  ASSERT_EQ(a.recipients.size(), b.recipients.size());
  for (std::size_t i = 0; i < a.recipients.size(); ++i) {
    EXPECT_EQ(a.recipients[i].recipient, b.recipients[i].recipient);
    EXPECT_EQ(a.recipients[i].disposition, b.recipients[i].disposition);
    ASSERT_EQ(a.recipients[i].last.has_value(), b.recipients[i].last.has_value());
    if (a.recipients[i].last) expect_same(*a.recipients[i].last, *b.recipients[i].last);
  }
  EXPECT_EQ(a.attempts, b.attempts);
  EXPECT_EQ(a.uncounted, b.uncounted);
  EXPECT_EQ(a.attempted, b.attempted);
  EXPECT_EQ(a.due, b.due);
  EXPECT_EQ(a.expires, b.expires);
  EXPECT_EQ(a.rule, b.rule);
  EXPECT_EQ(a.series, b.series);
  EXPECT_EQ(a.position, b.position);
  EXPECT_EQ(a.wait, b.wait);
  EXPECT_EQ(a.terms, b.terms);
  EXPECT_EQ(a.greylist_anchor, b.greylist_anchor);
  EXPECT_EQ(a.pending_until, b.pending_until);
  EXPECT_EQ(a.greylist, b.greylist);
  EXPECT_EQ(a.reply_class, b.reply_class);
  EXPECT_EQ(a.affinity, b.affinity);
  ASSERT_EQ(a.dot_sent.has_value(), b.dot_sent.has_value());
  if (a.dot_sent) {
    EXPECT_EQ(a.dot_sent->at, b.dot_sent->at);
    EXPECT_EQ(a.dot_sent->recipients, b.dot_sent->recipients);
  }
  EXPECT_EQ(a.is_in_doubt, b.is_in_doubt);
  EXPECT_EQ(a.is_held, b.is_held);
  EXPECT_EQ(a.undeliverable_since, b.undeliverable_since);
  EXPECT_EQ(a.moved_by, b.moved_by);
}

TEST(RecordCodec, WritesMessagesAsVersion3AlwaysDid) {
  EXPECT_EQ(to_hex(encode(sample_message())), golden_hex("message_v3.hex"));
}

TEST(RecordCodec, ReadsMessagesOfVersion3) {
  const auto message = decode_message(sample_id, golden("message_v3.hex"));

  ASSERT_TRUE(message) << message.error().what;
  expect_same(*message, sample_message());
}

TEST(RecordCodec, ReadsMessagesOfVersion2WhichKnewOfNoWishForTls) {
  const auto message = decode_message(sample_id, golden("message_v2.hex"));
  auto expected = sample_message();
  expected.tls_wish = mail::TlsWish::as_usual;

  ASSERT_TRUE(message) << message.error().what;
  expect_same(*message, expected);
}

TEST(RecordCodec, ReadsMessagesOfVersion1WhichKnewOfNoUtf8) {
  const auto message = decode_message(sample_id, golden("message_v1.hex"));
  auto expected = sample_message();
  expected.reverse_path = mail::Address::parse("\"a b\"@Origin.example");
  expected.is_smtp_utf8 = false;
  expected.tls_wish = mail::TlsWish::as_usual;
  expected.has_utf8_header = false;

  ASSERT_TRUE(message) << message.error().what;
  expect_same(*message, expected);
}

// The domain is read from the record: a later Unicode may take the address for none.
TEST(RecordCodec, KeepsAnAddressThatIdnaWouldNotTakeToday) {
  const std::string snowman = "a@\xe2\x98\x83.example";
  Message message{.id = sample_id,
                  .reverse_path = mail::Address::restore(snowman, "xn--n3h.example")};
  Delivery delivery{.id = {sample_id, 1}, .domain = "xn--n3h.example"};
  delivery.recipients.push_back(DeliveryRecipient{mail::Recipient{*message.reverse_path}});

  const auto decoded_message = decode_message(sample_id, encode(message));
  const auto decoded_delivery = decode_delivery(delivery.id, encode(delivery));

  ASSERT_FALSE(mail::Address::parse(snowman));
  ASSERT_TRUE(decoded_message && decoded_delivery);
  expect_same(*decoded_message, message);
  expect_same(*decoded_delivery, delivery);
  EXPECT_EQ(decoded_delivery->recipients[0].recipient.address.domain(), "xn--n3h.example");
}

TEST(RecordCodec, WritesDeliveriesAsVersion5AlwaysDid) {
  EXPECT_EQ(to_hex(encode(sample_delivery())), golden_hex("delivery_v5.hex"));
}

TEST(RecordCodec, ReadsDeliveriesOfVersion5) {
  const auto delivery = decode_delivery({sample_id, 7}, golden("delivery_v5.hex"));

  ASSERT_TRUE(delivery) << delivery.error().what;
  expect_same(*delivery, sample_delivery());
}

TEST(RecordCodec, ReadsDeliveriesOfVersion4WhichKeptNothingUndeliverable) {
  const auto delivery = decode_delivery({sample_id, 7}, golden("delivery_v4.hex"));
  auto expected = sample_delivery();
  expected.undeliverable_since.reset();

  ASSERT_TRUE(delivery) << delivery.error().what;
  expect_same(*delivery, expected);
}

TEST(RecordCodec, ReadsDeliveriesOfVersion3WhichKnewOfNoKeys) {
  const auto delivery = decode_delivery({sample_id, 7}, golden("delivery_v3.hex"));
  auto expected = sample_delivery();
  expected.greylist.punishes_early = false;
  expected.greylist.keys.reset();
  expected.moved_by = Mover::nobody;
  expected.undeliverable_since.reset();

  ASSERT_TRUE(delivery) << delivery.error().what;
  expect_same(*delivery, expected);
}

TEST(RecordCodec, ReadsDeliveriesOfVersion2WhichKnewOfNoTermsAndNoGreylistRun) {
  const auto delivery = decode_delivery({sample_id, 7}, golden("delivery_v2.hex"));
  auto expected = sample_delivery();
  expected.terms = {};
  expected.greylist = {};
  expected.moved_by = Mover::nobody;
  expected.undeliverable_since.reset();

  ASSERT_TRUE(delivery) << delivery.error().what;
  expect_same(*delivery, expected);
}

TEST(RecordCodec, ReadsDeliveriesOfVersion1WhichKnewOfNoPendingTime) {
  const auto delivery = decode_delivery({sample_id, 7}, golden("delivery_v1.hex"));
  auto expected = sample_delivery();
  expected.terms = {};
  expected.greylist = {};
  expected.moved_by = Mover::nobody;
  expected.undeliverable_since.reset();
  expected.pending_until.reset();

  ASSERT_TRUE(delivery) << delivery.error().what;
  expect_same(*delivery, expected);
}

TEST(RecordCodec, KeepsWhatIsNotSetUnset) {
  Delivery bare{.id = {sample_id, 1}, .domain = "d.example"};
  bare.recipients.push_back(
      DeliveryRecipient{mail::Recipient{*mail::Address::parse("a@d.example")}});
  const Message null_sender{.id = sample_id};

  const auto delivery = decode_delivery(bare.id, encode(bare));
  const auto message = decode_message(sample_id, encode(null_sender));

  ASSERT_TRUE(delivery && message);
  expect_same(*delivery, bare);
  expect_same(*message, null_sender);
}

TEST(RecordCodec, KeepsASourceAddressOfEitherFamily) {
  auto delivery = sample_delivery();
  delivery.affinity.source = IpAddress::parse("192.0.2.25");

  const auto decoded = decode_delivery(delivery.id, encode(delivery));

  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->affinity.source, IpAddress::parse("192.0.2.25"));
}

TEST(RecordCodec, FindsEveryFlippedBit) {
  const auto record = encode(sample_delivery());

  for (std::size_t bit = 0; bit < record.size() * 8; ++bit) {
    auto damaged = record;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    const auto decoded = decode_delivery({sample_id, 7}, damaged);
    ASSERT_FALSE(decoded) << "bit " << bit;
    ASSERT_EQ(decoded.error().fault, Fault::corrupt);
  }
}

TEST(RecordCodec, RefusesEveryShorterRecord) {
  const auto message = encode(sample_message());
  const auto delivery = encode(sample_delivery());

  for (std::size_t length = 0; length < message.size(); ++length) {
    ASSERT_FALSE(decode_message(sample_id, message.substr(0, length))) << length;
  }
  for (std::size_t length = 0; length < delivery.size(); ++length) {
    ASSERT_FALSE(decode_delivery({sample_id, 7}, delivery.substr(0, length))) << length;
  }
}

TEST(RecordCodec, SurvivesAnyByteChangedUnderAValidChecksum) {
  const auto content = content_of(encode(sample_delivery()));
  std::size_t accepted = 0;

  for (std::size_t at = 1; at < content.size(); ++at) {
    for (int value = 0; value < 256; value += 5) {
      auto changed = content;
      changed[at] = static_cast<char>(value);
      const auto decoded = decode_delivery({sample_id, 7}, with_checksum(changed));
      if (!decoded) continue;
      ++accepted;
      ASSERT_EQ(content_of(encode(*decoded)), changed) << "byte " << at << " value " << value;
    }
  }

  EXPECT_GT(accepted, 0U);
}

TEST(RecordCodec, RefusesBytesAfterTheLastField) {
  const auto content = content_of(encode(sample_message())) + '\0';

  EXPECT_FALSE(decode_message(sample_id, with_checksum(content)));
}

TEST(RecordCodec, NamesAVersionThatItDoesNotKnow) {
  auto content = content_of(encode(sample_message()));
  content[0] = 9;

  const auto decoded = decode_message(sample_id, with_checksum(content));

  ASSERT_FALSE(decoded);
  EXPECT_EQ(decoded.error().what,
            "message " + sample_id.to_string() + ": record has version 9, known are 1 to 3");
}

}  // namespace
}  // namespace greyhound::queue
