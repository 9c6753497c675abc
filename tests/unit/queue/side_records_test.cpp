#include "queue/side_records.hpp"

#include <functional>

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

Keying sample_keying() {
  Keying keying;
  keying.of(KeyKind::source).refused = noon - 1h;
  keying.of(KeyKind::sender).taken = 2;
  keying.passed = {{.kind = KeyKind::sender, .hash = 0xfedcba9876543210, .at = noon - 5min},
                   {.kind = KeyKind::triplet, .hash = 7, .at = noon}};
  return keying;
}

SiteFacts sample_facts() {
  return {.site = "mx1.d.example",
          .passes = 3,
          .refusals = 4,
          .earliest_pass = 5min,
          .latest_refusal = 299s,
          .two_step = WindowBounds{.above = 60s, .upto = 61s},
          .passes_since_refusal = 2,
          .stated_broken = 1,
          .stated_ignored = noon + 24h,
          .changed = noon,
          .keying = sample_keying()};
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

void expect_same(const SiteFacts& a, const SiteFacts& b) {
  EXPECT_EQ(a.site, b.site);
  EXPECT_EQ(a.passes, b.passes);
  EXPECT_EQ(a.refusals, b.refusals);
  EXPECT_EQ(a.earliest_pass, b.earliest_pass);
  EXPECT_EQ(a.latest_refusal, b.latest_refusal);
  EXPECT_EQ(a.two_step, b.two_step);
  EXPECT_EQ(a.passes_since_refusal, b.passes_since_refusal);
  EXPECT_EQ(a.stated_broken, b.stated_broken);
  EXPECT_EQ(a.stated_ignored, b.stated_ignored);
  EXPECT_EQ(a.changed, b.changed);
  EXPECT_EQ(a.keying, b.keying);
}

TEST(SiteRecord, IsWrittenAsVersion3AlwaysWas) {
  EXPECT_EQ(to_hex(encode(sample_facts())), golden_hex("site_v3.hex"));
}

TEST(SiteRecord, OfVersion3IsRead) {
  const auto facts = decode_site_facts("mx1.d.example", golden("site_v3.hex"));

  ASSERT_TRUE(facts) << facts.error().what;
  expect_same(*facts, sample_facts());
}

TEST(SiteRecord, OfVersion2WhichKnewOfNoKeysIsRead) {
  const auto facts = decode_site_facts("mx1.d.example", golden("site_v2.hex"));
  auto expected = sample_facts();
  expected.keying = {};

  ASSERT_TRUE(facts) << facts.error().what;
  expect_same(*facts, expected);
}

TEST(SiteRecord, WithMorePassedKeysThanAreEverKeptIsDamaged) {
  auto facts = sample_facts();
  facts.keying.passed.resize(most_passed_keys + 1);

  EXPECT_FALSE(decode_site_facts("mx1.d.example", encode(facts)));
}

TEST(SiteRecord, OfVersion1WhichKnewOfNoDoorsAndNoStatedWaitsIsRead) {
  const auto facts = decode_site_facts("mx1.d.example", golden("site_v1.hex"));
  auto expected = sample_facts();
  expected.two_step.reset();
  expected.passes_since_refusal = 0;
  expected.stated_broken = 0;
  expected.stated_ignored.reset();
  expected.keying = {};

  ASSERT_TRUE(facts) << facts.error().what;
  expect_same(*facts, expected);
}

TEST(SiteRecord, OfAStrangerKeepsWhatIsNotSetUnset) {
  const SiteFacts stranger{.site = "mx1.d.example"};

  const auto facts = decode_site_facts("mx1.d.example", encode(stranger));

  ASSERT_TRUE(facts) << facts.error().what;
  expect_same(*facts, stranger);
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

using Decodes = std::function<bool(const std::string&)>;
void expect_no_damage_goes_unseen(const std::string& whole, const Decodes& decodes) {
  ASSERT_TRUE(decodes(whole));
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_FALSE(decodes(whole.substr(0, length))) << "cut to " << length;
  }
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    auto damaged = whole;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(decodes(damaged)) << "bit " << bit;
  }
}

TEST(SideRecords, WithAFlippedBitOrCutShortAreCorrupt) {
  expect_no_damage_goes_unseen(encode(sample_line()), [](const std::string& record) {
    return decode_ledger_line(sample_position, record).has_value();
  });
  expect_no_damage_goes_unseen(encode(sample_facts()), [](const std::string& record) {
    return decode_site_facts("mx1.d.example", record).has_value();
  });
}

}  // namespace
}  // namespace greyhound::queue
