#include "bench/sample_mail.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "mail/reply.hpp"
#include "runtime/must.hpp"

namespace greyhound::bench {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t base64_bytes = 4 << 20;
constexpr std::size_t line_length = 76;
constexpr std::uint64_t two_days_in_minutes = 2880;
constexpr std::string_view line_end = "\r\n";

// Of a text that was made to be well formed.
template <class T>
T known(std::optional<T> parsed) {
  MUST(parsed.has_value());
  return std::move(*parsed);
}

std::string random_base64(Random& random) {
  constexpr std::string_view digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve(base64_bytes);
  while (text.size() < base64_bytes) {
    auto bits = random.next();
    for (int i = 0; i < 10; ++i, bits >>= 6)
      text.push_back(digits[bits & 63]);
  }
  return text;
}

struct Deferral {
  int code;
  std::string_view text;  // {0}: the recipient, {1}: the domain
  mail::ReplyClass reply_class;
};

constexpr std::array deferrals{
    Deferral{451,
             "4.7.1 <{0}>: Recipient address rejected: Greylisted, see "
             "https://postmaster.{1}/greylisting",
             mail::ReplyClass::greylist},
    Deferral{450, "4.2.0 <{0}>: Greylisted for 300 seconds", mail::ReplyClass::greylist},
    Deferral{421, "4.3.2 mx1.{1} too busy, try again later", mail::ReplyClass::server_busy},
    Deferral{452, "4.2.2 The mailbox of {0} is over its quota", mail::ReplyClass::mailbox_full}};

mail::Outcome refusal(const Deferral& deferral, const mail::Address& recipient) {
  const auto text = fmt::format(fmt::runtime(deferral.text), recipient.text(), recipient.domain());
  auto reply = mail::make_reply(deferral.code, {text});
  const auto status = known(reply.status);
  return {.verdict = mail::Verdict::deferred,
          .stage = mail::Stage::rcpt,
          .status = status,
          .reply = std::move(reply),
          .reason = ""};
}

// As the scheduler writes it.
queue::LedgerLine ledger_line(const queue::Delivery& after, Instant now) {
  const auto last = known(after.recipients.front().last);
  const bool is_deferred = after.has_open_recipients();
  queue::LedgerLine line{.position = {now, after.id}};
  line.started = now - 2s;
  line.domain = after.domain;
  line.site = "mx1." + after.domain;
  line.host = line.site;
  line.remote = "192.0.2.25:25";
  line.source = "192.0.2.1";
  line.counts.deferred = is_deferred ? 1 : 0;
  line.counts.delivered = is_deferred ? 0 : 1;
  line.stage = last.outcome.stage;
  line.reply = last.outcome.to_string();
  line.reply_class = after.reply_class;
  line.attempts = after.attempts;
  line.rule = after.rule;
  line.series = after.series;
  line.step = after.position;
  line.wait = after.wait;
  if (is_deferred) line.due = after.due;
  return line;
}

}  // namespace

SampleMail::SampleMail(std::uint64_t seed, MailShape shape)
    : shape_(shape), random_(seed), base64_(random_base64(random_)) {
  MUST(shape.domains > 0);
}

std::string SampleMail::body() {
  auto body = fmt::format(
      "From: Ann <ann{0}@sender.example>\r\nTo: bob@receiver.example\r\nSubject: Report {0}\r\n"
      "MIME-Version: 1.0\r\nContent-Transfer-Encoding: base64\r\n\r\n",
      random_.below(100'000));
  MUST(body.size() + line_end.size() < shape_.size_bytes);
  auto from = random_.below(base64_.size() - shape_.size_bytes);
  while (body.size() < shape_.size_bytes) {
    const auto room = shape_.size_bytes - body.size();
    // A rest too short for a line of its own goes into this one.
    const auto text =
        room <= line_length + 2 * line_end.size() ? room - line_end.size() : line_length;
    body.append(base64_, from, text);
    body += line_end;
    from += text;
  }
  return body;
}

queue::NewMessage SampleMail::fresh(queue::MessageId id, Instant now) {
  queue::NewMessage fresh{queue::Message{.id = id, .arrived = now}, {}, {}};
  auto& message = fresh.message;
  message.reverse_path =
      mail::Address::parse(fmt::format("ann{}@sender.example", id.value() % 9973));
  message.client = "127.0.0.1";
  message.message_id_header = fmt::format("<{}@sender.example>", id.to_string());
  fresh.body.push_back(body());

  // The square of chance: the first domains get the most.
  const auto dice = static_cast<double>(random_.below(1U << 30)) / (1U << 30);
  const auto domain = fmt::format(
      "d{}.example", static_cast<std::uint64_t>(dice * dice * static_cast<double>(shape_.domains)));
  auto& delivery = fresh.deliveries.emplace_back(queue::Delivery{.id = {id, 1}, .domain = domain});
  const auto address = mail::Address::parse(fmt::format("user{}@{}", random_.below(5000), domain));
  delivery.recipients.push_back({.recipient = mail::Recipient{.address = known(address)}});
  delivery.due = now;
  delivery.expires = now + 120h;
  delivery.rule = "default";
  return fresh;
}

queue::NewMessage SampleMail::deferred(queue::MessageId id, Instant now, Instant due) {
  auto message = fresh(id, now - std::chrono::minutes(random_.below(two_days_in_minutes)));
  auto& delivery = message.deliveries.front();
  delivery.attempts = static_cast<std::uint32_t>(random_.below(8));
  put_off(delivery, now, due);
  return message;
}

void SampleMail::put_off(queue::Delivery& delivery, Instant now, Instant due) {
  const auto& deferral = deferrals[random_.below(deferrals.size())];
  const auto host = "mx1." + delivery.domain;
  for (auto& recipient : delivery.recipients) {
    recipient.last = queue::LastOutcome{
        .outcome = refusal(deferral, recipient.recipient.address), .host = host, .at = now};
  }
  ++delivery.attempts;
  delivery.attempted = now;
  delivery.due = due;
  delivery.position = std::min<std::uint32_t>(delivery.position + 1, 6);
  delivery.wait = due - now;
  delivery.reply_class = deferral.reply_class;
  if (deferral.reply_class == mail::ReplyClass::greylist) {
    delivery.series = queue::Series::greylist;
    if (!delivery.greylist_anchor) delivery.greylist_anchor = now;
    delivery.affinity = {.source = IpAddress::from_v4_bytes({192, 0, 2, 1}), .host = host};
  }
}

queue::Settlement SampleMail::deferral(queue::LoadedDelivery loaded, Instant now, Instant due) {
  queue::Settlement settlement{.after = std::move(loaded.delivery)};
  put_off(settlement.after, now, due);
  settlement.ledger = ledger_line(settlement.after, now);
  return settlement;
}

queue::Settlement SampleMail::success(queue::LoadedDelivery loaded, Instant now) {
  queue::Settlement settlement{.after = std::move(loaded.delivery)};
  auto reply = mail::make_reply(250, {"2.0.0 Ok: queued as 4F2A91C03D"});
  const auto status = known(reply.status);
  for (auto& recipient : settlement.after.recipients) {
    recipient.disposition = queue::Disposition::delivered;
    recipient.last = queue::LastOutcome{.outcome = {.verdict = mail::Verdict::delivered,
                                                    .stage = mail::Stage::eom,
                                                    .status = status,
                                                    .reply = reply,
                                                    .reason = ""},
                                        .host = "mx1." + settlement.after.domain,
                                        .at = now};
  }
  ++settlement.after.attempts;
  settlement.after.attempted = now;
  settlement.ledger = ledger_line(settlement.after, now);
  return settlement;
}

}  // namespace greyhound::bench
