#include "queue/side_records.hpp"

#include <gtest/gtest.h>

#include "unit/queue/golden_file.hpp"
#include "world/fake_clock.hpp"

namespace greyhound::queue {
namespace {

using namespace std::chrono_literals;
constexpr Instant noon = world::FakeClock::noon;
constexpr LedgerPosition sample_position{noon, {MessageId(0x0123'4567'89ab'cde0), 7}};

// Everything set, nothing to its default.
LedgerLine sample_line() {
  return {.position = sample_position,
          .started = noon - 3s,
          .domain = "d.example",
          .site = "mx1.d.example,mx2.d.example",
          .host = "mx1.d.example",
          .remote = "192.0.2.1:25",
          .source = "192.0.2.99",
          .tls = "TLSv1.3",
          .is_counted = false,
          .counts = {.delivered = 1, .deferred = 2, .refused = 3, .unknown = 4},
          .stage = mail::Stage::rcpt,
          .reply = "451 4.7.1 come back",
          .reply_class = mail::ReplyClass::greylist,
          .attempts = 5,
          .rule = "default",
          .series = Series::greylist,
          .step = 2,
          .wait = 10min,
          .due = noon + 10min};
}

SiteFacts sample_facts() {
  return {.site = "mx1.d.example",
          .passes = 3,
          .refusals = 4,
          .earliest_pass = 5min,
          .latest_refusal = 299s,
          .changed = noon};
}

QuarantineRecord sample_quarantine() {
  return {.at = noon, .why = "record fails its checksum", .bytes = std::string("\0\xff!", 3)};
}

TEST(LedgerRecord, IsWrittenAsVersion1AlwaysWas) {
  EXPECT_EQ(to_hex(encode(sample_line())), golden_hex("ledger_v1.hex"));
}

TEST(LedgerRecord, OfVersion1IsRead) {
  const auto line = decode_ledger_line(sample_position, golden("ledger_v1.hex"));

  ASSERT_TRUE(line) << line.error().what;
  const auto sample = sample_line();
  EXPECT_EQ(line->position, sample.position);
  EXPECT_EQ(line->started, sample.started);
  EXPECT_EQ(line->domain, sample.domain);
  EXPECT_EQ(line->site, sample.site);
  EXPECT_EQ(line->host, sample.host);
  EXPECT_EQ(line->remote, sample.remote);
  EXPECT_EQ(line->source, sample.source);
  EXPECT_EQ(line->tls, sample.tls);
  EXPECT_EQ(line->is_counted, sample.is_counted);
  EXPECT_EQ(line->counts, sample.counts);
  EXPECT_EQ(line->stage, sample.stage);
  EXPECT_EQ(line->reply, sample.reply);
  EXPECT_EQ(line->reply_class, sample.reply_class);
  EXPECT_EQ(line->attempts, sample.attempts);
  EXPECT_EQ(line->rule, sample.rule);
  EXPECT_EQ(line->series, sample.series);
  EXPECT_EQ(line->step, sample.step);
  EXPECT_EQ(line->wait, sample.wait);
  EXPECT_EQ(line->due, sample.due);
}

TEST(LedgerRecord, OfAnAttemptThatEndedItAllHasNoDue) {
  const LedgerLine bare{.position = sample_position};

  const auto line = decode_ledger_line(sample_position, encode(bare));

  ASSERT_TRUE(line) << line.error().what;
  EXPECT_FALSE(line->due);
  EXPECT_TRUE(line->is_counted);
}

TEST(SiteRecord, IsWrittenAsVersion1AlwaysWas) {
  EXPECT_EQ(to_hex(encode(sample_facts())), golden_hex("site_v1.hex"));
}

TEST(SiteRecord, OfVersion1IsRead) {
  const auto facts = decode_site_facts("mx1.d.example", golden("site_v1.hex"));

  ASSERT_TRUE(facts) << facts.error().what;
  const auto sample = sample_facts();
  EXPECT_EQ(facts->site, sample.site);
  EXPECT_EQ(facts->passes, sample.passes);
  EXPECT_EQ(facts->refusals, sample.refusals);
  EXPECT_EQ(facts->earliest_pass, sample.earliest_pass);
  EXPECT_EQ(facts->latest_refusal, sample.latest_refusal);
  EXPECT_EQ(facts->changed, sample.changed);
}

TEST(SiteFacts, KeepTheEarliestPassAndTheLatestRefusal) {
  SiteFacts facts{.site = "mx.example"};
  for (const auto age : {300s, 60s, 200s}) {
    facts = with_lesson(facts, {.site = "mx.example", .age = age, .at = noon});
  }
  for (const auto age : {900s, 320s, 400s}) {
    facts =
        with_lesson(facts, {.site = "mx.example", .age = age, .has_passed = true, .at = noon + 1s});
  }

  EXPECT_EQ(facts.refusals, 3U);
  EXPECT_EQ(facts.latest_refusal, 300s);
  EXPECT_EQ(facts.passes, 3U);
  EXPECT_EQ(facts.earliest_pass, 320s);
  EXPECT_EQ(facts.changed, noon + 1s);
}

TEST(QuarantineRecord, IsWrittenAsVersion1AlwaysWas) {
  EXPECT_EQ(to_hex(encode(sample_quarantine())), golden_hex("quarantine_v1.hex"));
}

TEST(QuarantineRecord, OfVersion1IsRead) {
  const auto record = decode_quarantine_record(golden("quarantine_v1.hex"));

  ASSERT_TRUE(record) << record.error().what;
  EXPECT_EQ(record->at, noon);
  EXPECT_EQ(record->why, sample_quarantine().why);
  EXPECT_EQ(record->bytes, sample_quarantine().bytes);
}

TEST(SideRecords, WithAFlippedBitOrCutShortAreCorrupt) {
  const auto whole = encode(sample_line());
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_FALSE(decode_ledger_line(sample_position, whole.substr(0, length)));
  }
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    auto damaged = whole;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(decode_ledger_line(sample_position, damaged));
  }
}

}  // namespace
}  // namespace greyhound::queue
