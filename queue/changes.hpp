// Changes: what one fold of writes does to the queue, as operations on one batch. Each reads the
// stored state itself, earlier operations of the same fold included, so that it can be wrong about
// nothing that happened meanwhile.
// Owner:   the fold. Runs on: storage lane (writer).
// Errors:  not_found, corrupt, disk: the caller then rolls that one operation back.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "queue/rocks_database.hpp"
#include "queue/store.hpp"

namespace greyhound::queue {

class Changes {
 public:
  explicit Changes(const RocksDatabase& database) : batch_(database) {}

  Result<> add_chunk(MessageId id, std::uint32_t number, std::string bytes);
  Result<> discard_chunks(MessageId id, std::uint32_t count);
  Result<> accept(NewMessage message);
  Result<> mark_dot_sent(const DotMark& mark);
  Result<Settled> settle(const Settlement& settlement);
  Result<> reschedule(DeliveryId id, Instant due, Mover by);
  Result<> forget_site(const std::string& site);
  Result<> suspend(const Suspension& suspension);
  Result<> resume(const std::string& name);
  Result<> quarantine(const DueEntry& entry, const std::string& why, Instant now);

  void begin();      // brackets one operation:
  void keep();       // it was applied whole,
  void roll_back();  // or not at all

  // The highest message id that this fold has stored anything under.
  MessageId highest_id() const { return highest_id_; }
  const std::vector<DueEntry>& due_entries() const { return due_entries_; }
  // The lowest expiry that this fold has put; those of its due entries are above.
  const std::optional<DuePosition>& lowest_expiry() const { return lowest_expiry_; }
  std::uint64_t erased_entries() const { return erased_entries_; }  // of the due index
  std::uint64_t ledger_lines() const { return ledger_lines_; }
  std::uint64_t closed_bytes() const { return closed_bytes_; }         // of content that was let go
  const std::vector<DeliveryId>& settled() const { return settled_; }  // or put in quarantine
  RocksBatch& batch() { return batch_; }

 private:
  Result<Message> read_message(MessageId id) const;
  Result<Delivery> read_delivery(DeliveryId id) const;
  void put_delivery(const Delivery& delivery);
  void put_due(const Delivery& delivery);
  void put_expiry(const Delivery& delivery);
  void erase_due(const Delivery& delivery);
  void erase_expiry(const Delivery& delivery);
  void move_index(const Delivery& before, const Delivery& after);
  template <class Lesson>
  Result<> learn(const Lesson& lesson);
  void erase_chunks(MessageId id, std::uint32_t count);
  Result<Settled> settle_message(const Settlement& settlement, Message message);

  RocksBatch batch_;
  std::vector<DueEntry> due_entries_;
  std::size_t entries_at_begin_ = 0;
  std::size_t settled_at_begin_ = 0;
  std::optional<DuePosition> lowest_expiry_;
  std::uint64_t erased_entries_ = 0;
  std::uint64_t ledger_lines_ = 0;
  std::uint64_t closed_bytes_ = 0;
  std::vector<DeliveryId> settled_;
  MessageId highest_id_{0};
};

}  // namespace greyhound::queue
