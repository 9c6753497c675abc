// Store: the queue's durable truth, as a port. One state change is one synced batch; what a call
// promises is on disk when it returns. queue/rocks_store is the one on RocksDB; nothing above this
// header may assume it.
// Owner:   agent; outlives every task that calls it.
// Runs on: any loop; the caller is resumed on its own. Writes are folded by the storage lane.
// Errors:  disk, disk_full, corrupt, not_found, busy (the lane's bounded queue is full).
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "queue/store_values.hpp"
#include "runtime/awaitable.hpp"
#include "runtime/result.hpp"

namespace greyhound::queue {

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
  // Deliveries with expires <= until, in order; position.due is the expiry.
  virtual Awaitable<Result<std::vector<DueEntry>>> expired(std::optional<DuePosition> after,
                                                           Instant until,
                                                           std::size_t limit) = 0;

  virtual Awaitable<Result<LoadedDelivery>> load(DeliveryId id) = 0;
  virtual Awaitable<Result<LoadedMessage>> load_message(MessageId id) = 0;
  virtual Awaitable<Result<std::string>> chunk(MessageId id, std::uint32_t number) = 0;

  // Of a delivery that was loaded. A crash of the process keeps it, one of the machine may not. An
  // error: the dot must not be sent.
  virtual Awaitable<Result<>> mark_dot_sent(DotMark mark) = 0;

  virtual Awaitable<Result<Settled>> settle(Settlement settlement) = 0;

  // New due for one delivery. Changes nothing else.
  virtual Awaitable<Result<>> reschedule(DeliveryId id, Instant due, Mover by) = 0;

  // Takes a delivery whose record or content cannot be read out of the queue and its indexes, and
  // keeps the record in quarantine. An index entry without a delivery just goes.
  virtual Awaitable<Result<>> quarantine(DueEntry entry, std::string why) = 0;
  virtual Awaitable<Result<QuarantinePage>> quarantined(std::optional<DeliveryId> after,
                                                        std::size_t limit) = 0;

  virtual Awaitable<Result<ListPage>> list(std::optional<DeliveryId> after, std::size_t limit) = 0;
  // The same in half the time, for a table of all there is.
  virtual Awaitable<Result<DeliveryPage>> deliveries(std::optional<DeliveryId> after,
                                                     std::size_t limit) = 0;
  // Ids of stored messages in the range, at most `limit`.
  virtual Awaitable<Result<std::vector<MessageId>>> find(MessageIdRange range,
                                                         std::size_t limit) = 0;

  // Attempts made, oldest first, as far back as the ledger goes.
  virtual Awaitable<Result<LedgerPage>> ledger(std::optional<LedgerPosition> after,
                                               std::size_t limit) = 0;
  // What is known of one site; of a stranger nothing but the name.
  virtual Awaitable<Result<SiteFacts>> site(std::string name) = 0;
  // What is known of sites, by name.
  virtual Awaitable<Result<std::vector<SiteFacts>>> sites(std::string after, std::size_t limit) = 0;

  virtual Awaitable<Result<>> forget_site(std::string site) = 0;  // what is known of it

  virtual Awaitable<Result<>> suspend(Suspension suspension) = 0;
  virtual Awaitable<Result<>> resume(std::string name) = 0;
  virtual Awaitable<Result<std::vector<Suspension>>> suspensions() = 0;  // by name

  // A copy of the whole queue as of one moment, while work goes on. `folder` must not exist.
  virtual Awaitable<Result<>> back_up(std::filesystem::path folder) = 0;

  // Any thread, at once: what was found a moment ago. Whoever goes on asking learns within a second
  // that the disk has filled up or that space has returned.
  virtual Room room() = 0;

  // Called on the storage lane after each batch that made entries, with those entries. Set once,
  // before the first write.
  virtual void on_due_entries(std::function<void(std::vector<DueEntry>)> listener) = 0;
};

}  // namespace greyhound::queue
