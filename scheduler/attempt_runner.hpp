// AttemptRunner: one attempt from hand-over to settlement: builds the request, has the courier make
//                it on a session loop, decides, composes what is owed, and does not let go before
//                the store has it.
// Owner: Launcher. Runs on: the home loop.
// Errors: none. A store that cannot write is retried until it can, so that mail which was delivered
//         is not sent again for want of a record.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "mail/courier.hpp"
#include "mail/trace.hpp"
#include "notify/notice.hpp"
#include "notify/notification_settings.hpp"
#include "queue/store.hpp"
#include "runtime/clock.hpp"
#include "runtime/event_log.hpp"
#include "scheduler/attempt_record.hpp"
#include "scheduler/decision.hpp"
#include "scheduler/greylist/greylist_book.hpp"
#include "scheduler/in_doubt_count.hpp"
#include "scheduler/notice_writer.hpp"
#include "scheduler/scheduler_settings.hpp"

namespace greyhound::scheduler {

struct SchedulerSettings {
  RetrySettings retry;
  notify::NotificationSettings notification;
  notify::Reporter reporter;
  Concurrency concurrency;
};

// References that outlive the dispatcher and all of its attempts.
struct SchedulerParts {
  queue::Store& store;
  mail::Courier& courier;
  Clock& clock;
  EventLog& log;
  mail::Trace& trace = mail::nobody_watches();
};

// An attempt that is made and not yet on record.
struct Attempted {
  queue::LoadedDelivery loaded;
  AttemptMade made;
  std::optional<Error> damage = {};  // the stored content could not be read
};

class AttemptRunner {
 public:
  AttemptRunner(const SchedulerSettings& settings, SchedulerParts parts)
      : settings_(settings), parts_(parts), book_(parts.store, parts.log) {}

  Awaitable<Attempted> attempt(queue::LoadedDelivery loaded, mail::Site site);
  // What a greylister made of it; none: it met none.
  Awaitable<std::optional<KeyContact>> record(Attempted attempted);

  // No site was found: settles that as the attempt it is.
  Awaitable<> settle_without_site(queue::LoadedDelivery loaded, mail::NoSite why);

  // The stored mark says that we died behind the final dot.
  Awaitable<> settle_lost_attempt(queue::LoadedDelivery loaded);

  Awaitable<> settle_expired(queue::LoadedDelivery loaded);

  void forget(const std::string& site) { book_.forget(site); }
  const GreylistBook& book() const { return book_; }
  const InDoubtCount& in_doubt() const { return in_doubt_; }

 private:
  // What goes to the store along with a settlement.
  struct AttemptTraces {
    std::optional<queue::LedgerLine> ledger = {};
    std::optional<queue::SiteLesson> learned = {};
    std::optional<queue::KeyLesson> key_lesson = {};
    std::optional<Endpoint> remote = {};  // for those who watch
  };

  mail::AttemptRequest make_request(const queue::LoadedDelivery& loaded,
                                    const std::vector<std::size_t>& tried,
                                    std::shared_ptr<Error> damage) const;
  Awaitable<std::optional<KeyContact>> settle(queue::LoadedDelivery loaded, AttemptMade made);
  std::optional<KeyContact> key_contact(const AttemptMade& made,
                                        const queue::LoadedDelivery& loaded,
                                        Instant now) const;
  Awaitable<> write(queue::Message message, Decision decision, AttemptTraces traces);
  Awaitable<bool> set_aside(queue::Delivery delivery, std::string why);  // false: not possible now
  Awaitable<Result<queue::Settlement>> compose(const queue::Message* message,
                                               const Decision* decision);
  void log_decision(const queue::Message& message, const Decision& decision) const;
  void log_delivered(const queue::Message& message,
                     const queue::Delivery& delivery,
                     std::size_t index) const;
  void log_failed(const queue::Message& message,
                  const queue::Delivery& delivery,
                  std::size_t index) const;
  void log_deferral(const queue::Delivery& delivery, std::size_t index) const;
  void show_decision(const Decision& decision, std::optional<Endpoint> remote) const;
  void log_notice(std::string_view kind, const queue::NewMessage& notice) const;
  DecisionFacts facts(const queue::LoadedDelivery& loaded) const;

  const SchedulerSettings& settings_;
  SchedulerParts parts_;
  GreylistBook book_;
  InDoubtCount in_doubt_;
};

}  // namespace greyhound::scheduler
