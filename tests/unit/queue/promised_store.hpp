// PromisedStore: a store whose every answer goes into a PromiseBook, with the records as they
// should be from then on.
// Owner:   one test. Runs on: the loop of the calls.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "queue/store.hpp"
#include "unit/queue/promise_book.hpp"

namespace greyhound::queue {

class PromisedStore {
 public:
  PromisedStore(Store& store, PromiseBook& book) : store_(&store), book_(book) {}

  // After a restart.
  void use(Store& store) { store_ = &store; }
  Store& store() { return *store_; }

  // `ahead`: the content, through add_chunk(); message.body is empty then.
  Awaitable<Result<>> accept(NewMessage message, std::vector<std::string> ahead);
  Awaitable<Result<Settled>> settle(Settlement settlement);
  Awaitable<Result<>> mark_dot_sent(DeliveryId id, DotSent mark);
  Awaitable<Result<>> reschedule(DeliveryId id, Instant due, Mover by);
  // As it is in the queue; `now`: the store's clock.
  Awaitable<Result<>> quarantine(DeliveryId id, std::string why, Instant now);

  // As far as it was promised; nullptr: it is not in the queue.
  const Message* message(MessageId id) const;
  const Delivery* delivery(DeliveryId id) const;

 private:
  struct Known {
    Message message;
    std::map<std::uint16_t, Delivery> deliveries;
  };
  static Known known_after(const NewMessage& message);
  static std::vector<RecordChange> changes_of(const NewMessage& message);

  Store* store_;
  PromiseBook& book_;
  std::map<MessageId, Known> known_;
  std::map<std::string, SiteFacts> sites_;
};

}  // namespace greyhound::queue
