#include "scheduler/attempt_runner.hpp"

#include <algorithm>
#include <utility>

#include "mail/classification.hpp"
#include "queue/body_reader.hpp"
#include "runtime/duration_text.hpp"
#include "runtime/must.hpp"
#include "runtime/task_group.hpp"

namespace greyhound::scheduler {

namespace {

constexpr Duration store_retry_wait = std::chrono::seconds(1);

// Writes the mark through the store, in the delivery's own numbering of recipients.
class StoredInDoubtMark final : public mail::InDoubtMark {
 public:
  StoredInDoubtMark(queue::Store& store,
                    Clock& clock,
                    const queue::Delivery& delivery,
                    std::vector<std::size_t> tried)
      : store_(store),
        clock_(clock),
        id_(delivery.id),
        attempted_(delivery.attempted),
        tried_(std::move(tried)) {}

  Awaitable<Result<>> set(std::vector<std::size_t> accepted) override {
    queue::DotMark mark{.id = id_, .attempted = attempted_, .sent = {clock_.wall(), {}}};
    for (const auto index : accepted) {
      mark.sent.recipients.push_back(static_cast<std::uint16_t>(tried_.at(index)));
    }
    co_return co_await store_.mark_dot_sent(std::move(mark));
  }

 private:
  queue::Store& store_;
  Clock& clock_;
  queue::DeliveryId id_;
  std::optional<Instant> attempted_;
  std::vector<std::size_t> tried_;
};

// Remembers that the stored content could not be read: then sending it again is of no use.
class WatchedBody final : public mail::BodySource {
 public:
  WatchedBody(queue::Store& store, const queue::Message& message, std::shared_ptr<Error> damage)
      : body_(store, message), damage_(std::move(damage)) {}

  std::uint64_t size_bytes() const override { return body_.size_bytes(); }
  Awaitable<Result<std::string>> next() override {
    auto bytes = co_await body_.next();
    const bool is_lost = !bytes && (bytes.error().fault == Fault::corrupt ||
                                    bytes.error().fault == Fault::not_found);
    if (is_lost) *damage_ = bytes.error();
    co_return bytes;
  }
  void rewind() override { body_.rewind(); }

 private:
  queue::BodyReader body_;
  std::shared_ptr<Error> damage_;
};

std::string_view kind_name(queue::MessageKind kind) {
  if (kind == queue::MessageKind::success_notice) return "success";
  return kind == queue::MessageKind::postmaster_notice ? "double_bounce" : "failure";
}

}  // namespace

DecisionFacts AttemptRunner::facts(const queue::LoadedDelivery& loaded) const {
  return {.message = loaded.message,
          .delivery = loaded.delivery,
          .retry = settings_.retry,
          .notification = settings_.notification,
          .now = parts_.clock.wall()};
}

mail::AttemptRequest AttemptRunner::make_request(const queue::LoadedDelivery& loaded,
                                                 const std::vector<std::size_t>& tried,
                                                 std::shared_ptr<Error> damage) const {
  const auto& [message, delivery] = loaded;
  mail::AttemptRequest request{.label = delivery.id.to_string(),
                               .reverse_path = message.reverse_path,
                               .recipients = {},
                               .return_content = message.return_content,
                               .envelope_id = message.envelope_id,
                               .is_eight_bit = message.is_eight_bit,
                               .is_smtp_utf8 = message.is_smtp_utf8,
                               .has_utf8_header = message.has_utf8_header,
                               .tls_wish = message.tls_wish,
                               .affinity = delivery.affinity,
                               .body = nullptr,
                               .in_doubt = nullptr};
  for (const auto index : tried) {
    request.recipients.push_back(delivery.recipients[index].recipient);
  }
  request.body = std::make_unique<WatchedBody>(parts_.store, message, std::move(damage));
  request.in_doubt =
      std::make_unique<StoredInDoubtMark>(parts_.store, parts_.clock, delivery, tried);
  return request;
}

Awaitable<Attempted> AttemptRunner::attempt(queue::LoadedDelivery loaded, mail::Site site) {
  AttemptMade made{.tried = open_recipients(loaded.delivery),
                   .report = {},
                   .started = parts_.clock.wall(),
                   .site = site.key};
  const auto damage = std::make_shared<Error>(Error{Fault::cancelled, ""});
  auto request = make_request(loaded, made.tried, damage);
  made.report = co_await parts_.courier.attempt(std::move(request), std::move(site));
  Attempted attempted{.loaded = std::move(loaded), .made = std::move(made)};
  const bool is_damaged = damage->fault != Fault::cancelled && attempted.made.report.our_fault;
  if (is_damaged) attempted.damage = *damage;
  co_return attempted;
}

Awaitable<std::optional<KeyContact>> AttemptRunner::record(Attempted attempted) {
  if (attempted.damage) {
    const bool is_aside =
        co_await set_aside(attempted.loaded.delivery, std::move(attempted.damage->what));
    if (is_aside) co_return std::nullopt;
  }
  co_return co_await settle(std::move(attempted.loaded), std::move(attempted.made));
}

Awaitable<bool> AttemptRunner::set_aside(queue::Delivery delivery, std::string why) {
  auto entry = queue::due_entry_of(delivery);
  const auto done = co_await parts_.store.quarantine(std::move(entry), why);
  if (!done) co_return false;
  parts_.log.error("quarantined", {{"delivery", delivery.id.to_string()}, {"why", why}});
  co_return true;
}

Awaitable<> AttemptRunner::settle_without_site(queue::LoadedDelivery loaded, mail::NoSite why) {
  AttemptMade made{
      .tried = open_recipients(loaded.delivery), .report = {}, .started = parts_.clock.wall()};
  if (why.is_ours) made.report.our_fault = why.outcome.to_string();
  made.report.outcomes.assign(made.tried.size(), why.outcome);
  (void)co_await settle(std::move(loaded), std::move(made));
}

Awaitable<> AttemptRunner::settle_lost_attempt(queue::LoadedDelivery loaded) {
  AttemptMade made{.tried = open_recipients(loaded.delivery), .report = {}};
  made.report = report_of_lost_attempt(loaded.delivery, made.tried);
  const auto& mark = loaded.delivery.dot_sent;
  MUST(mark.has_value());
  made.started = mark->at;
  ++in_doubt_.after_crash;
  parts_.log.warning("in_doubt", {{"delivery", loaded.delivery.id.to_string()}, {"why", "crash"}});
  (void)co_await settle(std::move(loaded), std::move(made));
}

Awaitable<> AttemptRunner::settle_expired(queue::LoadedDelivery loaded) {
  auto decision = expire(facts(loaded));
  const bool was_kept = loaded.delivery.undeliverable_since.has_value();
  parts_.log.info(was_kept ? "dropped" : "expired", {{"delivery", loaded.delivery.id.to_string()}});
  co_await write(std::move(loaded.message), std::move(decision), AttemptTraces{});
}

Awaitable<std::optional<KeyContact>> AttemptRunner::settle(queue::LoadedDelivery loaded,
                                                           AttemptMade made) {
  made.was_greylisted = was_greylisted(made.report, *settings_.retry.reply_rules);
  std::shared_ptr<const KnownSite> site;
  const bool meets_greylister = made.was_greylisted || loaded.delivery.greylist_anchor;
  if (!made.site.empty() && meets_greylister) site = co_await book_.look_up(made.site);
  auto known = facts(loaded);
  known.started = made.started;
  known.site = site.get();
  known.own_due = made.own_due;
  auto decision = decide(known, made.tried, made.report);
  AttemptTraces traces{.remote = made.report.remote};
  traces.ledger = ledger_line(made, decision, known.now);
  traces.learned = lesson_of(made, loaded.delivery, known.now);
  const auto contact = key_contact(made, loaded, known.now);
  if (contact && contact->is_news) traces.key_lesson = contact->lesson;
  if (traces.ledger->counts.unknown > 0 && !loaded.delivery.dot_sent) ++in_doubt_.after_cut;
  co_await write(std::move(loaded.message), std::move(decision), std::move(traces));
  co_return contact;
}

// Mail that is taken at once tells something only where other mail has got through.
std::optional<KeyContact> AttemptRunner::key_contact(const AttemptMade& made,
                                                     const queue::LoadedDelivery& loaded,
                                                     Instant now) const {
  if (!settings_.retry.learning.is_enabled) return std::nullopt;
  const auto& keying = book_.keying(made.site);
  const bool may_tell =
      made.was_greylisted || loaded.delivery.greylist_anchor || !keying.passed.empty();
  if (!may_tell) return std::nullopt;
  const auto lesson = key_lesson_of(made, loaded, now);
  if (!lesson) return std::nullopt;
  return KeyContact{.lesson = *lesson, .is_news = is_news(keying, *lesson)};
}

Awaitable<> AttemptRunner::write(queue::Message message, Decision decision, AttemptTraces traces) {
  for (;;) {
    auto settlement = co_await compose(&message, &decision);
    if (settlement) {
      settlement->ledger = traces.ledger;
      settlement->learned = traces.learned;
      settlement->key_lesson = traces.key_lesson;
      // What was written is logged only once it is.
      const auto notices = settlement->notices;
      const auto delay_notice = settlement->delay_notice;
      const auto settled = co_await parts_.store.settle(std::move(*settlement));
      if (settled) {
        if (traces.learned) book_.learn(*traces.learned);
        if (traces.key_lesson) book_.learn(*traces.key_lesson);
        log_decision(message, decision);
        for (const auto& notice : notices)
          log_notice(kind_name(notice.message.kind), notice);
        if (settled->wrote_delay_notice && delay_notice) log_notice("delay", *delay_notice);
        show_decision(decision, traces.remote);
        co_return;
      }
      settlement = settled.error();
    }
    if (settlement.error().fault == Fault::not_found) {
      parts_.log.info("gone", {{"delivery", decision.after.id.to_string()}});
      co_return;
    }
    parts_.log.error("store_failed",
                     {{"delivery", decision.after.id.to_string()},
                      {"why", settlement.error().what},
                      {"then", "trying again"}});
    co_await parts_.clock.sleep(store_retry_wait);
  }
}

Awaitable<Result<queue::Settlement>> AttemptRunner::compose(const queue::Message* message,
                                                            const Decision* decision) {
  if (!needs_notice(*decision, *message, settings_.notification)) {
    co_return queue::Settlement{.after = decision->after};
  }
  auto siblings = co_await parts_.store.load_message(message->id);
  if (!siblings) co_return siblings.error();
  const bool whole = needs_whole_original(*decision, *message, settings_.notification);
  const auto original = co_await read_original(&parts_.store, *message, whole);
  if (original.damage) {
    parts_.log.error("body_unreadable",
                     {{"id", message->id.to_string()}, {"why", original.damage->what}});
  }
  const NoticeParts parts{.retry = settings_.retry,
                          .notification = settings_.notification,
                          .reporter = settings_.reporter,
                          .now = parts_.clock.wall(),
                          .new_id = [this] { return parts_.store.new_id(); }};
  co_return settlement_with_notices(*decision, *siblings, original.content, parts);
}

void AttemptRunner::log_decision(const queue::Message& message, const Decision& decision) const {
  for (const auto index : decision.delivered)
    log_delivered(message, decision.after, index);
  for (const auto index : decision.failed)
    log_failed(message, decision.after, index);
  if (decision.after.undeliverable_since) {
    parts_.log.warning("undeliverable",
                       {{"delivery", decision.after.id.to_string()},
                        {"why", "it is from <>, so that nobody is owed a notice"},
                        {"kept_until", to_text(decision.after.expires)}});
  } else {
    for (const auto index : open_recipients(decision.after))
      log_deferral(decision.after, index);
  }
  if (!decision.lost_source) return;
  const auto& source = decision.after.affinity.source;
  parts_.log.warning("source_lost",
                     {{"delivery", decision.after.id.to_string()},
                      {"now_from", source ? source->to_string() : ""},
                      {"then", "a greylister's clock starts anew"}});
}

void AttemptRunner::log_delivered(const queue::Message& message,
                                  const queue::Delivery& delivery,
                                  std::size_t index) const {
  const auto& recipient = delivery.recipients[index];
  MUST(recipient.last.has_value());
  parts_.log.info("delivered",
                  {{"delivery", delivery.id.to_string()},
                   {"from", mail::to_string(message.reverse_path)},
                   {"to", recipient.recipient.address.text()},
                   {"attempt", delivery.attempts},
                   {"host", recipient.last->host},
                   {"status", recipient.last->outcome.status.to_string()},
                   {"reply", recipient.last->outcome.to_string()}});
}

void AttemptRunner::log_failed(const queue::Message& message,
                               const queue::Delivery& delivery,
                               std::size_t index) const {
  const auto& recipient = delivery.recipients[index];
  MUST(recipient.last.has_value());
  const auto& outcome = recipient.last->outcome;
  parts_.log.info(
      "failed",
      {{"delivery", delivery.id.to_string()},
       {"from", mail::to_string(message.reverse_path)},
       {"to", recipient.recipient.address.text()},
       {"attempt", delivery.attempts},
       {"host", recipient.last->host},
       {"stage", to_string(outcome.stage)},
       {"status", outcome.status.to_string()},
       {"reply", outcome.to_string()},
       {"blame", to_string(mail::classify(outcome, *settings_.retry.reply_rules).blame)}});
}

void AttemptRunner::log_deferral(const queue::Delivery& delivery, std::size_t index) const {
  const auto& recipient = delivery.recipients[index];
  if (!recipient.last || recipient.last->at != delivery.attempted) return;
  const auto& outcome = recipient.last->outcome;
  const auto wait = std::chrono::ceil<std::chrono::seconds>(delivery.due - recipient.last->at);
  parts_.log.info(
      outcome.verdict == mail::Verdict::unknown ? "in_doubt" : "deferred",
      {{"delivery", delivery.id.to_string()},
       {"to", recipient.recipient.address.text()},
       {"attempt", delivery.attempts},
       {"host", recipient.last->host},
       {"stage", to_string(outcome.stage)},
       {"status", outcome.status.to_string()},
       {"reply", outcome.to_string()},
       {"class", to_string(delivery.reply_class)},
       {"blame", to_string(mail::classify(outcome, *settings_.retry.reply_rules).blame)},
       {"rule", delivery.rule},
       {"series", to_string(delivery.series)},
       {"next", to_text(delivery.due)},
       {"in", wait.count()}});
}

// The end of the attempt, for those who watch it: what is on record now, and what comes next.
void AttemptRunner::show_decision(const Decision& decision, std::optional<Endpoint> remote) const {
  if (!parts_.trace.is_watched()) return;
  const auto& after = decision.after;
  mail::TraceSubject subject{
      .delivery = after.id.to_string(), .domain = after.domain, .remote = remote};
  const auto show = [&](std::size_t index, std::string_view what) {
    const auto& recipient = after.recipients[index];
    if (!recipient.last || recipient.last->at != after.attempted) return;
    const auto& outcome = recipient.last->outcome;
    subject.host = recipient.last->host;
    auto line = std::string(what.empty() ? to_string(outcome.verdict) : what);
    line += " <" + recipient.recipient.address.text() + ">: " + outcome.to_string();
    parts_.trace.show(subject, mail::TraceKind::remark, std::move(line));
  };
  for (const auto index : decision.delivered)
    show(index, "delivered");
  for (const auto index : decision.failed)
    show(index, "failed");
  const auto open = open_recipients(after);
  for (const auto index : open)
    show(index, {});
  if (open.empty()) return;
  parts_.trace.show(subject, mail::TraceKind::remark, "next attempt at " + to_text(after.due));
}

void AttemptRunner::log_notice(std::string_view kind, const queue::NewMessage& notice) const {
  const auto& to = notice.deliveries.front().recipients.front().recipient.address;
  parts_.log.info("notice",
                  {{"kind", kind},
                   {"id", notice.message.id.to_string()},
                   {"about", notice.message.about ? notice.message.about->to_string() : ""},
                   {"to", to.text()}});
}

}  // namespace greyhound::scheduler
