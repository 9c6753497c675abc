#include "scheduler/rehearsal/rehearsal.hpp"

#include <algorithm>

#include "runtime/must.hpp"
#include "scheduler/attempt_record.hpp"
#include "scheduler/decision.hpp"
#include "scheduler/delivery_plan.hpp"

namespace greyhound::scheduler {
namespace {

using namespace std::chrono_literals;

constexpr Instant beginning{std::chrono::hours(24 * 365 * 55)};
constexpr std::string_view site_name = "mx.receiver.example";

mail::Outcome not_reached() {
  return {.verdict = mail::Verdict::deferred,
          .stage = mail::Stage::connect,
          .status = {mail::EnhancedStatus::Class::transient, 4, 1},
          .reply = {},
          .reason = "no answer"};
}

mail::Address address(const std::string& text) {
  auto parsed = mail::Address::parse(text);
  MUST(parsed.has_value());
  return std::move(*parsed);
}

// Hosts of equal preference are taken in turn, but by a mail that keeps to one.
class MxHosts {
 public:
  explicit MxHosts(std::uint32_t count) : count_(count) {}
  std::string next(const std::string& kept) {
    const auto number = turn_++ % count_;
    if (!kept.empty()) return kept;
    return number == 0 ? std::string(site_name)
                       : "mx" + std::to_string(number + 1) + ".receiver.example";
  }

 private:
  std::uint32_t count_;
  std::uint32_t turn_ = 0;
};

// The sender writes to somebody else each time.
Caller caller_of(std::uint32_t number) {
  return {.sender = address("sender@example.org"),
          .recipient = address("rcpt" + std::to_string(number) + "@receiver.example")};
}

Caller at_host(Caller caller, const std::string& host) {
  caller.host = host;
  return caller;
}

// The receiver as one mail meets it: nobody there until its first contact.
class Encounter {
 public:
  Encounter(const Greylister& greylister,
            ReceiverModel& model,
            const RehearsalTerms& terms,
            Instant arrived)
      : greylister_(greylister),
        model_(model),
        arrived_(arrived),
        reachable_from_(arrived + terms.first_contact_age) {}

  mail::Outcome attempt(Instant at, const Caller& caller) {
    mail_.contacts.push_back(at - arrived_);
    if (at < reachable_from_) return not_reached();
    if (!first_contact_) first_contact_ = at;
    ++mail_.attempts;
    auto outcome = model_.contact(at, caller);
    if (outcome.verdict == mail::Verdict::delivered) {
      mail_.has_passed = true;
      mail_.accepted_after = at - *first_contact_;
      // Who is known to it passes at once.
      const auto beyond = mail_.accepted_after - ReceiverModel::earliest_pass(greylister_);
      mail_.excess = std::max(beyond, Duration::zero());
    }
    return outcome;
  }
  void note_delay_notice() { mail_.had_delay_notice = true; }
  bool has_passed() const { return mail_.has_passed; }
  RehearsedMail result() && { return std::move(mail_); }

 private:
  const Greylister& greylister_;
  ReceiverModel& model_;
  Instant arrived_;
  Instant reachable_from_;
  std::optional<Instant> first_contact_;
  RehearsedMail mail_;
};

// Each mail of a seed has an id of its own, and with it its own jitter.
queue::MessageId mail_id(std::uint64_t seed, std::uint32_t number) {
  return queue::MessageId((seed << 24U) + ((number + 1ULL) << 8U));
}

class OwnRehearsal {
 public:
  OwnRehearsal(const RetrySettings& retry,
               const notify::NotificationSettings& notification,
               const RehearsalTerms& terms)
      : retry_(retry), notification_(notification), terms_(terms) {}

  RehearsedMail send(const Greylister& greylister, ReceiverModel& model, std::uint32_t number) {
    auto message = new_message(number);
    const auto caller = caller_of(number);
    auto delivery = plan_deliveries(retry_, message, {{.address = caller.recipient}}).front();
    Encounter receiver(greylister, model, terms_, now_);
    MxHosts hosts(terms_.hosts);
    while (delivery.has_open_recipients()) {
      now_ = std::max(now_, delivery.due);
      AttemptMade made{.tried = {0}, .report = {}, .started = now_, .site = std::string(site_name)};
      made.report.host = hosts.next(delivery.affinity.host);
      made.report.outcomes.push_back(receiver.attempt(now_, at_host(caller, made.report.host)));
      const DecisionFacts facts{.message = message,
                                .delivery = delivery,
                                .retry = retry_,
                                .notification = notification_,
                                .now = now_,
                                .started = now_,
                                .site = &site_};
      auto decision = decide(facts, made.tried, made.report);
      if (decision.wants_delay_notice) {
        receiver.note_delay_notice();
        message.delay_notice_at = now_;
      }
      made.was_greylisted = was_greylisted(made.report, *retry_.reply_rules);
      const auto lesson = lesson_of(made, delivery, now_);
      if (lesson) site_.learn(*lesson);
      delivery = std::move(decision.after);
    }
    now_ += terms_.gap;
    return std::move(receiver).result();
  }

 private:
  queue::Message new_message(std::uint32_t number) const {
    return {.id = mail_id(terms_.seed, number),
            .arrived = now_,
            .reverse_path = address("sender@example.org"),
            .deliveries = 1,
            .open_deliveries = 1};
  }

  const RetrySettings& retry_;
  const notify::NotificationSettings& notification_;
  const RehearsalTerms& terms_;
  KnownSite site_{queue::SiteFacts{.site = std::string(site_name)}};
  Instant now_ = beginning;
};

RehearsedMail send(const FixedSchedule& schedule,
                   const RehearsalTerms& terms,
                   const Caller& caller,
                   Encounter receiver,
                   Instant arrived) {
  MxHosts hosts(terms.hosts);
  for (std::size_t i = 0; schedule.attempt_age(i) <= schedule.lifetime(); ++i) {
    const auto age = schedule.attempt_age(i);
    (void)receiver.attempt(arrived + age, at_host(caller, hosts.next("")));
    if (receiver.has_passed()) break;
    if (schedule.delay_notice_at && age >= *schedule.delay_notice_at) receiver.note_delay_notice();
  }
  return std::move(receiver).result();
}

}  // namespace

std::vector<RehearsedMail> rehearse(const RetrySettings& retry,
                                    const notify::NotificationSettings& notification,
                                    const Greylister& greylister,
                                    const RehearsalTerms& terms) {
  OwnRehearsal rehearsal(retry, notification, terms);
  std::vector<RehearsedMail> mails;
  mails.reserve(terms.mails);
  std::optional<ReceiverModel> model;
  for (std::uint32_t number = 0; number < terms.mails; ++number) {
    if (!model || !terms.is_one_sender) model.emplace(greylister, terms.texts);
    mails.push_back(rehearsal.send(greylister, *model, number));
  }
  return mails;
}

std::vector<RehearsedMail> rehearse(const RetrySettings& retry,
                                    const notify::NotificationSettings& notification,
                                    const std::vector<Greylister>& of_each_mail,
                                    const RehearsalTerms& terms) {
  OwnRehearsal rehearsal(retry, notification, terms);
  std::vector<RehearsedMail> mails;
  mails.reserve(of_each_mail.size());
  for (const auto& greylister : of_each_mail) {
    ReceiverModel model(greylister, terms.texts);
    mails.push_back(rehearsal.send(greylister, model, static_cast<std::uint32_t>(mails.size())));
  }
  return mails;
}

// It learns nothing: every new triplet fares like the first.
std::vector<RehearsedMail> rehearse(const FixedSchedule& schedule,
                                    const Greylister& greylister,
                                    const RehearsalTerms& terms) {
  MUST(!schedule.attempts.empty());
  std::vector<RehearsedMail> mails;
  mails.reserve(terms.mails);
  std::optional<ReceiverModel> model;
  auto arrived = beginning;
  for (std::uint32_t number = 0; number < terms.mails; ++number) {
    if (!model || !terms.is_one_sender) model.emplace(greylister, terms.texts);
    const Encounter receiver(greylister, *model, terms, arrived);
    mails.push_back(send(schedule, terms, caller_of(number), receiver, arrived));
    arrived += mails.back().contacts.back() + terms.gap;
  }
  return mails;
}

}  // namespace greyhound::scheduler
