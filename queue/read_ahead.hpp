// ReadAhead: the first chunks of bodies that are asked for soon, read for many deliveries in one go
// by a thread that may block, and their records with them. To read each when it is wanted would
// change threads twice a message.
// Owner:   RocksStore. Runs on: any thread.
// Limits:  holds `most_bytes`; what came first goes first.
#pragma once

#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "queue/ids.hpp"
#include "queue/queue_reader.hpp"
#include "queue/storage_lane.hpp"

namespace greyhound::queue {

class ReadAhead {
 public:
  explicit ReadAhead(std::uint64_t most_bytes) : most_bytes_(most_bytes) {}

  bool has(MessageId id) const;
  void put(MessageId id, std::string chunk);
  std::optional<std::string> take(MessageId id);  // once: content is sent once, as a rule

 private:
  const std::uint64_t most_bytes_;
  mutable std::mutex mutex_;
  std::list<std::pair<MessageId, std::string>> chunks_;  // as they came
  std::unordered_map<MessageId, decltype(chunks_)::iterator> places_;
  std::uint64_t bytes_ = 0;
};

// What reads the first chunks of these bodies, up to a megabyte of them, and brings the records to
// hand.
std::unique_ptr<LaneRead> read_into(ReadAhead& ahead,
                                    const QueueReader& reader,
                                    std::vector<DeliveryId> ids);

}  // namespace greyhound::queue
