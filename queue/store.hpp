// Store: the queue's durable truth, as a port. One state change is one synced batch; what a call
// promises is on disk when it returns. queue/rocks_store is the one on RocksDB; nothing above this
// header may assume it.
// Owner:   agent; outlives every task that calls it.
// Runs on: any loop; the caller is resumed on its own. Writes are folded by the storage lane.
// Errors:  disk, disk_full, corrupt, not_found, busy (the lane's bounded queue is full).
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "queue/delivery.hpp"
#include "runtime/awaitable.hpp"
#include "runtime/result.hpp"

namespace greyhound::queue {

// A message with its deliveries, ready to be made durable.
struct NewMessage {
  Message message;
  std::vector<Delivery> deliveries;
  std::vector<std::string> body = {};  // empty if the chunks went ahead through add_chunk
};

// An entry of the due index, in its order: by due, then by id.
struct DuePosition {
  Instant due;
  DeliveryId id;
  friend auto operator<=>(const DuePosition&, const DuePosition&) = default;
};
struct DueEntry {
  DuePosition position;
  std::string domain;
};

struct LoadedDelivery {
  Message message;
  Delivery delivery;
};
struct LoadedMessage {
  Message message;
  std::vector<Delivery> deliveries;  // the closed ones are gone
};

// The end of one attempt. The writer reads the stored state itself, so a due that an operator moved
// meanwhile does no harm.
struct Settlement {
  Delivery after;  // without open recipients: the delivery closes
  std::vector<NewMessage> notices = {};
  // Its id is message.delay_notice(); dropped by the writer if the message's mark is set already.
  std::optional<NewMessage> delay_notice = {};
};
struct Settled {
  bool closed_message = false;  // that was the last open delivery
  bool wrote_delay_notice = false;
};

struct ListPage {
  std::vector<LoadedDelivery> deliveries;  // in order of arrival
  std::optional<DeliveryId> next = {};     // pass as `after` for the next page; none: the end
};

class Store {
 public:
  Store() = default;
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;
  virtual ~Store() = default;

  // A fresh id with role 0; grows even if the clock steps back, also over a restart.
  virtual MessageId new_id() = 0;

  // Body bytes on the way in, chunks numbered from 0. Not synced: accept() makes them durable.
  virtual Awaitable<Result<>> add_chunk(MessageId id, std::uint32_t number, std::string bytes) = 0;
  virtual Awaitable<Result<>> discard_chunks(MessageId id, std::uint32_t count) = 0;

  // Message, deliveries, due and expiry entries in one synced batch. The store itself counts the
  // deliveries and, of a body given here, chunks and bytes.
  virtual Awaitable<Result<>> accept(NewMessage message) = 0;

  // Entries after `after` with due <= until, in order. none: from the start.
  virtual Awaitable<Result<std::vector<DueEntry>>> due(std::optional<DuePosition> after,
                                                       Instant until,
                                                       std::size_t limit) = 0;
  virtual Awaitable<Result<std::vector<DueEntry>>> due_in_domain(std::string domain,
                                                                 std::optional<DuePosition> after,
                                                                 Instant until,
                                                                 std::size_t limit) = 0;
  // Deliveries with expires <= until, oldest first; position.due is the expiry.
  virtual Awaitable<Result<std::vector<DueEntry>>> expired(Instant until, std::size_t limit) = 0;

  virtual Awaitable<Result<LoadedDelivery>> load(DeliveryId id) = 0;
  virtual Awaitable<Result<LoadedMessage>> load_message(MessageId id) = 0;
  virtual Awaitable<Result<std::string>> chunk(MessageId id, std::uint32_t number) = 0;

  // Written, not synced: a crash of the process keeps it. An error: the dot must not be sent.
  virtual Awaitable<Result<>> mark_dot_sent(DeliveryId id, DotSent mark) = 0;

  virtual Awaitable<Result<Settled>> settle(Settlement settlement) = 0;

  // New due for one delivery (operator, wake). Clears nothing else.
  virtual Awaitable<Result<>> reschedule(DeliveryId id, Instant due) = 0;

  virtual Awaitable<Result<ListPage>> list(std::optional<DeliveryId> after, std::size_t limit) = 0;
  // Ids of stored messages in the range, at most `limit`.
  virtual Awaitable<Result<std::vector<MessageId>>> find(MessageIdRange range,
                                                         std::size_t limit) = 0;

  // Called on the storage lane after each batch that made entries, with those entries. Set once,
  // before the first write.
  virtual void on_due_entries(std::function<void(std::vector<DueEntry>)> listener) = 0;
};

}  // namespace greyhound::queue
