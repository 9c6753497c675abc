#include "scheduler/rehearsal/replay.hpp"

#include <algorithm>
#include <queue>
#include <tuple>

#include "runtime/must.hpp"
#include "scheduler/attempt_record.hpp"
#include "scheduler/decision.hpp"
#include "scheduler/delivery_plan.hpp"
#include "scheduler/rehearsal/reply_text.hpp"

namespace greyhound::scheduler {
namespace {

using namespace std::chrono_literals;

// The record writes instants to the second: a due that differs by less is the same.
constexpr Duration grain = 2s;

mail::Address address(const std::string& text) {
  auto parsed = mail::Address::parse(text);
  MUST(parsed.has_value());
  return std::move(*parsed);
}

// A domain on record may be an address literal, or one that only a file holds.
mail::Recipient someone_at(const std::string& domain) {
  auto parsed = mail::Address::parse("rcpt@" + domain);
  return {.address = parsed ? std::move(*parsed) : address("rcpt@receiver.example")};
}

struct Contact {
  Instant started;
  Instant ended;
  mail::Outcome outcome;
  const Contacted* contacted;
  bool is_recorded;
};

Contact as_on_record(const RecordedAttempt& attempt) {
  return {attempt.started, attempt.ended, *attempt.outcome, attempt.contacted.get(), true};
}

// Mail that the record does not bring to an end is followed to the end of the record.
bool is_beyond(const RecordedSite& site, const RecordedDelivery& recorded, Instant at) {
  return recorded.end() == nullptr && at > site.until;
}

// One delivery on its way through the history of its site.
class Journey {
 public:
  Journey(const RetrySettings& retry,
          const notify::NotificationSettings& notification,
          const RecordedDelivery& recorded,
          const RecordedSite& site)
      : retry_(retry),
        notification_(notification),
        recorded_(recorded),
        site_(site),
        message_(message_of(recorded)),
        delivery_(plan_deliveries(retry, message_, {someone_at(recorded.domain)}).front()),
        result_{.id = recorded.id, .first_contact = recorded.first().started} {
    delivery_.id = recorded.id;
    delivery_.domain = recorded.domain;
    // What came before the first contact is as it was.
    for (std::size_t i = 0; i < recorded_.first_contact && delivery_.has_open_recipients(); ++i)
      decide_on(as_on_record(recorded_.attempts[i]), nullptr);
    latest_ = recorded_.first_contact;
    delivery_.due = recorded_.first().started;
  }

  bool is_open() const {
    return delivery_.has_open_recipients() && !is_beyond(site_, recorded_, delivery_.due);
  }
  Instant due() const { return delivery_.due; }
  queue::DeliveryId id() const { return recorded_.id; }
  ReplayedDelivery result() && { return std::move(result_); }

  // The attempt that is due.
  void attempt(KnownSite& site) {
    const auto contact = next_contact();
    if (has_begun_) {
      result_.contacts.push_back(contact.started);
      if (contact.is_recorded) ++result_.recorded;
    }
    has_begun_ = true;
    if (contact.outcome.verdict == mail::Verdict::delivered) {
      result_.has_passed = true;
      result_.accepted_after = contact.started - result_.first_contact;
    }
    decide_on(contact, &site);
  }

 private:
  // It came before its first attempt, whatever the clock was when its id was made.
  static queue::Message message_of(const RecordedDelivery& recorded) {
    const auto id = recorded.id.message;
    return {.id = id,
            .arrived = std::min(id.made(), recorded.attempts.front().started),
            .reverse_path = address("sender@example.org"),
            .deliveries = 1,
            .open_deliveries = 1};
  }

  // As long as the dues are those on record, so are the attempts, late ones too.
  Contact next_contact() {
    const auto due = delivery_.due;
    if (!has_begun_) return as_on_record(recorded_.first());
    if (latest_ && *latest_ + 1 < recorded_.attempts.size()) {
      const auto& before = recorded_.attempts[*latest_];
      const auto& next = recorded_.attempts[*latest_ + 1];
      const bool is_same_due = before.due && std::chrono::abs(due - *before.due) <= grain;
      if (is_same_due && next.started >= due - grain) {
        ++*latest_;
        return as_on_record(next);
      }
    }
    latest_.reset();
    const auto answer = answer_at(recorded_, site_.window, due);
    return {
        due, due, outcome_of(answer, due), recorded_.first().contacted.get(), answer.is_recorded};
  }

  mail::Outcome outcome_of(const AnswerAt& answer, Instant at) const {
    if (answer.words == nullptr) {
      return replied_with(mail::Stage::eom, mail::Verdict::delivered, 250, "2.0.0 accepted");
    }
    auto outcome = *answer.words->outcome;
    const auto left = recorded_.first().ended + site_.window.fitted - at;
    if (answer.answer != Answer::greylisted || left <= 0s) return outcome;
    auto& reply = outcome.reply;
    if (!reply) return outcome;
    for (auto& line : reply->lines)
      line = with_time_left(std::move(line), left);
    return outcome;
  }

  void decide_on(const Contact& contact, KnownSite* site) {
    AttemptMade made{
        .tried = {0}, .report = {}, .started = contact.started, .site = contact.contacted->site};
    made.report.outcomes.push_back(contact.outcome);
    made.report.host = contact.contacted->host;
    made.report.source = contact.contacted->source;
    const DecisionFacts facts{.message = message_,
                              .delivery = delivery_,
                              .retry = retry_,
                              .notification = notification_,
                              .now = contact.ended,
                              .started = contact.started,
                              .site = site};
    auto decision = decide(facts, made.tried, made.report);
    if (decision.wants_delay_notice) {
      message_.delay_notice_at = contact.ended;
      result_.had_delay_notice = true;
    }
    if (site != nullptr) {
      made.was_greylisted = was_greylisted(made.report, *retry_.reply_rules);
      const auto lesson = lesson_of(made, delivery_, contact.ended);
      if (lesson) site->learn(*lesson);
    }
    delivery_ = std::move(decision.after);
  }

  const RetrySettings& retry_;
  const notify::NotificationSettings& notification_;
  const RecordedDelivery& recorded_;
  const RecordedSite& site_;
  queue::Message message_;
  queue::Delivery delivery_;
  bool has_begun_ = false;
  std::optional<std::size_t> latest_;  // of the recorded attempts, as long as it follows them
  ReplayedDelivery result_;
};

// The first attempt is the first contact.
ReplayedDelivery send(const FixedSchedule& schedule,
                      const RecordedDelivery& recorded,
                      const RecordedSite& site) {
  const auto first = recorded.first().started;
  ReplayedDelivery result{.id = recorded.id, .first_contact = first};
  for (std::size_t i = 1; schedule.attempt_age(i) <= schedule.lifetime(); ++i) {
    const auto age = schedule.attempt_age(i);
    if (is_beyond(site, recorded, first + age)) break;
    const auto answer = answer_at(recorded, site.window, first + age);
    result.contacts.push_back(first + age);
    if (answer.is_recorded) ++result.recorded;
    result.has_passed = answer.answer == Answer::passed;
    if (result.has_passed) result.accepted_after = age;
    if (result.has_passed || answer.answer == Answer::failed) break;
    if (schedule.delay_notice_at && age >= *schedule.delay_notice_at) {
      result.had_delay_notice = true;
    }
  }
  return result;
}

}  // namespace

std::vector<ReplayedDelivery> replay(const RetrySettings& retry,
                                     const notify::NotificationSettings& notification,
                                     const RecordedSite& site) {
  KnownSite known{queue::SiteFacts{.site = site.name}};
  std::vector<Journey> journeys;
  journeys.reserve(site.deliveries.size());
  for (const auto& recorded : site.deliveries)
    journeys.emplace_back(retry, notification, recorded, site);

  const auto is_later = [&journeys](std::size_t a, std::size_t b) {
    const auto order = [](const Journey& one) { return std::tuple(one.due(), one.id()); };
    return order(journeys[b]) < order(journeys[a]);
  };
  std::priority_queue<std::size_t, std::vector<std::size_t>, decltype(is_later)> due(is_later);
  for (std::size_t i = 0; i < journeys.size(); ++i)
    if (journeys[i].is_open()) due.push(i);
  while (!due.empty()) {
    const auto next = due.top();
    due.pop();
    journeys[next].attempt(known);
    if (journeys[next].is_open()) due.push(next);
  }

  std::vector<ReplayedDelivery> results;
  results.reserve(journeys.size());
  for (auto& journey : journeys)
    results.push_back(std::move(journey).result());
  return results;
}

std::vector<ReplayedDelivery> replay(const FixedSchedule& schedule, const RecordedSite& site) {
  MUST(!schedule.attempts.empty());
  std::vector<ReplayedDelivery> results;
  results.reserve(site.deliveries.size());
  for (const auto& recorded : site.deliveries)
    results.push_back(send(schedule, recorded, site));
  return results;
}

std::vector<ReplayedDelivery> as_recorded(const RecordedSite& site) {
  std::vector<ReplayedDelivery> results;
  results.reserve(site.deliveries.size());
  for (const auto& recorded : site.deliveries) {
    ReplayedDelivery result{.id = recorded.id, .first_contact = recorded.first().started};
    for (auto i = recorded.first_contact + 1; i < recorded.attempts.size(); ++i)
      result.contacts.push_back(recorded.attempts[i].started);
    result.recorded = static_cast<std::uint32_t>(result.contacts.size());
    const auto* const end = recorded.end();
    result.has_passed = end != nullptr && end->answer == Answer::passed;
    if (result.has_passed) result.accepted_after = end->started - result.first_contact;
    results.push_back(std::move(result));
  }
  return results;
}

}  // namespace greyhound::scheduler
