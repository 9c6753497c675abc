// Mail to a greylister by the decision code, as the agent's ledger would have it: attempts start a
// little after their due and take a while.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "scheduler/attempt_record.hpp"
#include "scheduler/decision.hpp"
#include "scheduler/rehearsal/receiver_model.hpp"
#include "unit/scheduler/builders.hpp"

namespace greyhound::scheduler {

// What a mail meets at an instant.
using Receiver = std::function<mail::Outcome(Instant at)>;

class RecordedMail {
 public:
  explicit RecordedMail(RetrySettings settings) : settings_(std::move(settings)) {}

  // To rcpt@`domain`, accepted at `arrived`. `site`: what others taught; null: nothing.
  void send(const std::string& domain,
            Instant arrived,
            const Receiver& receiver,
            KnownSite* site = nullptr) {
    auto message = a_message();
    message.id = queue::MessageId::first_at(arrived);
    while (!used_.insert(message.id).second)
      message.id = message.id.next();
    message.arrived = arrived;
    auto delivery = a_delivery(message, {"rcpt@" + domain}, settings_);
    while (delivery.has_open_recipients()) {
      const auto started = std::max(arrived, delivery.due) + 30ms;
      const auto ended = started + 250ms;
      AttemptMade made{
          .tried = {0}, .report = report({receiver(started)}), .started = started, .site = {}};
      made.site = made.report.host = "mx." + domain;
      const auto decision = decide({.message = message,
                                    .delivery = delivery,
                                    .retry = settings_,
                                    .notification = {},
                                    .now = ended,
                                    .started = started,
                                    .site = site},
                                   made.tried,
                                   made.report);
      made.was_greylisted = was_greylisted(made.report, *settings_.reply_rules);
      const auto lesson = lesson_of(made, delivery, ended);
      if (lesson && site != nullptr) site->learn(*lesson);
      lines.push_back(ledger_line(made, decision, ended));
      delivery = decision.after;
    }
  }

  // A new triplet at a greylister of this kind.
  static Receiver a_new_triplet_at(const Greylister& greylister) {
    auto model = std::make_shared<ReceiverModel>(greylister, Texts::withheld);
    return [model](Instant at) { return model->contact(at); };
  }

  std::vector<queue::LedgerLine> lines;

 private:
  RetrySettings settings_;
  std::set<queue::MessageId> used_;
};

inline std::vector<Instant> starts_after_the_first(const std::vector<queue::LedgerLine>& lines,
                                                   queue::DeliveryId id) {
  std::vector<Instant> starts;
  for (const auto& line : lines)
    if (line.position.delivery == id && line.attempts > 1) starts.push_back(line.started);
  return starts;
}

}  // namespace greyhound::scheduler
