// MemoryStore: the queue in memory, for tests and simulations. Keeps every promise of queue::Store
// but the one about the disk; each call is done when it is awaited.
// Owner:   the test.
// Runs on: any loop, several at once. The listener is called on the caller's thread.
#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "queue/store.hpp"
#include "runtime/clock.hpp"

namespace greyhound::world {

// What the next calls fail with, until set otherwise.
struct StoreFaults {
  std::optional<Fault> add_chunk = {};
  std::optional<Fault> accept = {};
  std::optional<Fault> settle = {};
  std::optional<Fault> mark_dot_sent = {};
  std::optional<Fault> read = {};  // load, load_message, chunk, due, list, find, expired
};

class MemoryStore : public queue::Store {
 public:
  explicit MemoryStore(const Clock& clock) : clock_(clock) {}

  queue::MessageId new_id() override;
  Awaitable<Result<>> add_chunk(queue::MessageId id,
                                std::uint32_t number,
                                std::string bytes) override;
  Awaitable<Result<>> discard_chunks(queue::MessageId id, std::uint32_t count) override;
  Awaitable<Result<>> accept(queue::NewMessage message) override;
  Awaitable<Result<std::vector<queue::DueEntry>>> due(std::optional<queue::DuePosition> after,
                                                      Instant until,
                                                      std::size_t limit) override;
  Awaitable<Result<std::vector<queue::DueEntry>>> due_in_domain(
      std::string domain,
      std::optional<queue::DuePosition> after,
      Instant until,
      std::size_t limit) override;
  Awaitable<Result<std::vector<queue::DueEntry>>> expired(std::optional<queue::DuePosition> after,
                                                          Instant until,
                                                          std::size_t limit) override;
  Awaitable<Result<queue::LoadedDelivery>> load(queue::DeliveryId id) override;
  Awaitable<Result<queue::LoadedMessage>> load_message(queue::MessageId id) override;
  Awaitable<Result<std::string>> chunk(queue::MessageId id, std::uint32_t number) override;
  Awaitable<Result<>> mark_dot_sent(queue::DotMark mark) override;
  Awaitable<Result<queue::Settled>> settle(queue::Settlement settlement) override;
  Awaitable<Result<>> reschedule(queue::DeliveryId id, Instant due, queue::Mover by) override;
  Awaitable<Result<queue::ListPage>> list(std::optional<queue::DeliveryId> after,
                                          std::size_t limit) override;
  Awaitable<Result<queue::DeliveryPage>> deliveries(std::optional<queue::DeliveryId> after,
                                                    std::size_t limit) override;
  Awaitable<Result<std::vector<queue::MessageId>>> find(queue::MessageIdRange range,
                                                        std::size_t limit) override;
  Awaitable<Result<>> quarantine(queue::DueEntry entry, std::string why) override;
  Awaitable<Result<queue::QuarantinePage>> quarantined(std::optional<queue::DeliveryId> after,
                                                       std::size_t limit) override;
  Awaitable<Result<queue::LedgerPage>> ledger(std::optional<queue::LedgerPosition> after,
                                              std::size_t limit) override;
  Awaitable<Result<queue::SiteFacts>> site(std::string name) override;
  Awaitable<Result<>> forget_site(std::string site) override;
  Awaitable<Result<>> suspend(queue::Suspension suspension) override;
  Awaitable<Result<>> resume(std::string name) override;
  Awaitable<Result<std::vector<queue::Suspension>>> suspensions() override;
  Awaitable<Result<std::vector<queue::SiteFacts>>> sites(std::string after,
                                                         std::size_t limit) override;
  Awaitable<Result<>> back_up(std::filesystem::path) override {
    co_return Error{Fault::config, "there is nothing on disk"};
  }
  queue::Room room() override { return room_; }
  void on_due_entries(std::function<void(std::vector<queue::DueEntry>)> listener) override;

  // For the test.
  void set_faults(StoreFaults faults);
  void set_room(queue::Room room) { room_ = room; }
  std::vector<queue::LoadedMessage> messages() const;  // in order of arrival
  std::string content(queue::MessageId id) const;      // its chunks, joined
  std::size_t chunk_count() const;                     // of all messages, accepted or not

 private:
  using ChunkKey = std::pair<queue::MessageId, std::uint32_t>;
  using Index = std::map<queue::DuePosition, queue::DueEntry>;

  std::vector<queue::DueEntry> put(queue::NewMessage message);
  void put_delivery(const queue::Delivery& delivery);
  void drop_delivery(const queue::Delivery& delivery);
  void drop_message(queue::MessageId id);
  Result<queue::Settled> settle_now(queue::Settlement settlement);
  Result<std::vector<queue::DueEntry>> scan(const std::string& domain,
                                            std::optional<queue::DuePosition> after,
                                            Instant until,
                                            std::size_t limit) const;
  Result<queue::LoadedDelivery> load_now(queue::DeliveryId id) const;
  queue::LoadedMessage with_deliveries(const queue::Message& message) const;
  void tell(std::vector<queue::DueEntry> entries);

  const Clock& clock_;
  mutable std::mutex mutex_;  // sessions on several loops share one store
  StoreFaults faults_;
  std::optional<queue::MessageId> last_id_;
  std::map<queue::MessageId, queue::Message> messages_;
  std::map<queue::DeliveryId, queue::Delivery> deliveries_;
  std::map<ChunkKey, std::string> chunks_;
  Index due_;
  Index expiry_;
  std::map<queue::DeliveryId, queue::Quarantined> quarantine_;
  std::map<queue::LedgerPosition, queue::LedgerLine> ledger_;
  std::map<std::string, queue::SiteFacts> sites_;
  std::map<std::string, Instant> suspended_;
  std::atomic<queue::Room> room_ = queue::Room::ample;
  std::function<void(std::vector<queue::DueEntry>)> listener_;
};

}  // namespace greyhound::world
