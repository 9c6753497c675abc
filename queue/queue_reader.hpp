// QueueReader: the reads of the queue. Of reach `disk` they block; of reach `memory` they give up
// where they would. A record that does not decode is logged and, in anything that gives many, left
// out: it never hides the rest.
// Owner:   RocksStore. Runs on: storage lane (readers), several at a time; `memory`: anywhere.
// Errors:  not_found, corrupt, disk; of reach `memory` also not_at_hand.
#pragma once

#include <functional>
#include <vector>

#include "queue/dot_marks.hpp"
#include "queue/index_floor.hpp"
#include "queue/rocks_database.hpp"
#include "queue/store.hpp"
#include "runtime/event_log.hpp"

namespace greyhound::queue {

class QueueReader {
 public:
  struct Floors {
    const IndexFloor& due;
    const IndexFloor& expiry;
  };
  QueueReader(const RocksDatabase& database, Floors floors, EventLog& log, Reach reach)
      : database_(database), floors_(floors), log_(log), reach_(reach) {}

  // What is marked there is shown as if the records said so.
  void show_marks(const DotMarks* marks) { marks_ = marks; }

  Result<std::vector<DueEntry>> due(std::optional<DuePosition> after,
                                    Instant until,
                                    std::size_t limit) const;
  Result<std::vector<DueEntry>> due_in_domain(const std::string& domain,
                                              std::optional<DuePosition> after,
                                              Instant until,
                                              std::size_t limit) const;
  Result<std::vector<DueEntry>> expired(std::optional<DuePosition> after,
                                        Instant until,
                                        std::size_t limit) const;
  Result<LoadedDelivery> load(DeliveryId id) const;
  void bring_to_hand(DeliveryId id) const;  // what load() will read, if it can be read
  Result<LoadedMessage> load_message(MessageId id) const;
  Result<std::string> chunk(MessageId id, std::uint32_t number) const;
  Result<ListPage> list(std::optional<DeliveryId> after, std::size_t limit) const;
  Result<DeliveryPage> deliveries(std::optional<DeliveryId> after, std::size_t limit) const;
  Result<std::vector<MessageId>> find(MessageIdRange range, std::size_t limit) const;
  Result<QuarantinePage> quarantined(std::optional<DeliveryId> after, std::size_t limit) const;
  Result<LedgerPage> ledger(std::optional<LedgerPosition> after, std::size_t limit) const;
  Result<SiteFacts> site(const std::string& name) const;
  Result<std::vector<Suspension>> suspensions() const;
  Result<std::vector<SiteFacts>> sites(const std::string& after, std::size_t limit) const;

 private:
  // Shows what lies behind `after` until `take` gives false or a page is full; gives where the
  // next one starts, if there is more.
  using Take = std::function<bool(Delivery delivery)>;
  Result<std::optional<DeliveryId>> walk(std::optional<DeliveryId> after, const Take& take) const;

  using ParseEntry = std::function<std::optional<DueEntry>(std::string_view, std::string_view)>;
  Result<std::vector<DueEntry>> entries(Family family,
                                        const KeyRange& range,
                                        std::size_t limit,
                                        const ParseEntry& parse) const;
  Result<Message> message(MessageId id) const;
  Result<Delivery> delivery(DeliveryId id, std::string_view record) const;
  Error logged(Error error) const;
  void log_bad_key(Family family, std::string_view key) const;

  const RocksDatabase& database_;
  Floors floors_;
  EventLog& log_;
  const Reach reach_;
  const DotMarks* marks_ = nullptr;
};

}  // namespace greyhound::queue
