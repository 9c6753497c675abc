#include "queue/side_records.hpp"

#include "queue/record_bytes.hpp"

namespace greyhound::queue {
namespace {

constexpr std::uint8_t ledger_version = 1;
// 2: two_step, belief in stated waits; 3: keying
constexpr std::uint8_t site_version = 3;
constexpr std::uint8_t quarantine_version = 1;

template <class Value>
Result<Value> whole(const RecordReader& from, Value value, const std::string& what) {
  if (from.has_failed() || !from.is_at_end()) {
    return Error{Fault::corrupt, what + ": record does not decode"};
  }
  return value;
}

void read_version_2(RecordReader& from, SiteFacts& facts) {
  if (from.flag()) {
    const auto above = from.duration();
    facts.two_step = WindowBounds{.above = above, .upto = from.duration()};
  }
  facts.passes_since_refusal = from.number_of<std::uint32_t>();
  facts.stated_broken = from.number_of<std::uint32_t>();
  facts.stated_ignored = from.optional_instant();
}

constexpr std::size_t least_passed_bytes = 3;

void write(RecordWriter& to, const Keying& keying) {
  for (const auto& finding : keying.findings) {
    to.number(finding.taken);
    to.optional_instant(finding.refused);
  }
  to.number(keying.passed.size());
  for (const auto& passed : keying.passed) {
    to.enumerator(passed.kind);
    to.number(passed.hash);
    to.instant(passed.at);
  }
}

Keying read_keying(RecordReader& from) {
  Keying keying;
  for (auto& finding : keying.findings) {
    finding.taken = from.number_of<std::uint32_t>();
    finding.refused = from.optional_instant();
  }
  const auto count = from.count(least_passed_bytes);
  if (count > most_passed_keys) from.fail();
  keying.passed.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto kind = from.enumerator(KeyKind::source, KeyKind::triplet);
    const auto hash = from.number();
    keying.passed.push_back({.kind = kind, .hash = hash, .at = from.instant()});
  }
  return keying;
}

}  // namespace

std::string encode(const LedgerLine& line) {
  RecordWriter to(ledger_version);
  to.instant(line.started);
  to.text(line.domain);
  to.text(line.site);
  to.text(line.host);
  to.text(line.remote);
  to.text(line.source);
  to.text(line.tls);
  to.flag(line.is_counted);
  to.number(line.counts.delivered);
  to.number(line.counts.deferred);
  to.number(line.counts.refused);
  to.number(line.counts.unknown);
  to.enumerator(line.stage);
  to.text(line.reply);
  to.enumerator(line.reply_class);
  to.number(line.attempts);
  to.text(line.rule);
  to.enumerator(line.series);
  to.number(line.step);
  to.duration(line.wait);
  to.optional_instant(line.due);
  return std::move(to).finish();
}

Result<LedgerLine> decode_ledger_line(const LedgerPosition& position, std::string_view record) {
  const auto what = "ledger line of " + position.delivery.to_string();
  auto from = RecordReader::open(record, ledger_version);
  if (!from) return Error{Fault::corrupt, what + ": " + from.error().what};
  LedgerLine line{.position = position};
  line.started = from->instant();
  line.domain = from->text();
  line.site = from->text();
  line.host = from->text();
  line.remote = from->text();
  line.source = from->text();
  line.tls = from->text();
  line.is_counted = from->flag();
  line.counts.delivered = from->number_of<std::uint16_t>();
  line.counts.deferred = from->number_of<std::uint16_t>();
  line.counts.refused = from->number_of<std::uint16_t>();
  line.counts.unknown = from->number_of<std::uint16_t>();
  line.stage = from->enumerator(mail::Stage::dns, mail::Stage::auth);
  line.reply = from->text();
  line.reply_class = from->enumerator(mail::ReplyClass::unknown, mail::ReplyClass::tls);
  line.attempts = from->number_of<std::uint32_t>();
  line.rule = from->text();
  line.series = from->enumerator(Series::retry, Series::greylist);
  line.step = from->number_of<std::uint32_t>();
  line.wait = from->duration();
  line.due = from->optional_instant();
  return whole(*from, std::move(line), what);
}

std::string encode(const SiteFacts& facts) {
  RecordWriter to(site_version);
  to.number(facts.passes);
  to.number(facts.refusals);
  to.optional_duration(facts.earliest_pass);
  to.optional_duration(facts.latest_refusal);
  to.instant(facts.changed);
  to.flag(facts.two_step.has_value());
  if (facts.two_step) {
    to.duration(facts.two_step->above);
    to.duration(facts.two_step->upto);
  }
  to.number(facts.passes_since_refusal);
  to.number(facts.stated_broken);
  to.optional_instant(facts.stated_ignored);
  write(to, facts.keying);
  return std::move(to).finish();
}

Result<SiteFacts> decode_site_facts(const std::string& site, std::string_view record) {
  auto from = RecordReader::open(record, site_version);
  if (!from) return Error{Fault::corrupt, "site " + site + ": " + from.error().what};
  SiteFacts facts{.site = site};
  facts.passes = from->number_of<std::uint32_t>();
  facts.refusals = from->number_of<std::uint32_t>();
  facts.earliest_pass = from->optional_duration();
  facts.latest_refusal = from->optional_duration();
  facts.changed = from->instant();
  if (from->version() >= 2) read_version_2(*from, facts);
  if (from->version() >= 3) facts.keying = read_keying(*from);
  return whole(*from, std::move(facts), "site " + site);
}

std::string encode(const QuarantineRecord& quarantined) {
  RecordWriter to(quarantine_version);
  to.instant(quarantined.at);
  to.text(quarantined.why);
  to.text(quarantined.bytes);
  return std::move(to).finish();
}

Result<QuarantineRecord> decode_quarantine_record(std::string_view record) {
  auto from = RecordReader::open(record, quarantine_version);
  if (!from) return Error{Fault::corrupt, "quarantine: " + from.error().what};
  QuarantineRecord quarantined{};
  quarantined.at = from->instant();
  quarantined.why = from->text();
  quarantined.bytes = from->text();
  return whole(*from, std::move(quarantined), "quarantine");
}

}  // namespace greyhound::queue
