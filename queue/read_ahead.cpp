#include "queue/read_ahead.hpp"

namespace greyhound::queue {
namespace {

// Nobody waits for it, so what cannot be read is left to whoever asks for it.
class AheadRead final : public LaneRead {
 public:
  AheadRead(const QueueReader& reader, ReadAhead& to, std::vector<DeliveryId> ids)
      : reader_(reader), to_(to), ids_(std::move(ids)) {}

  void run() override {
    constexpr std::uint64_t most_bytes = 1 << 20;
    std::uint64_t bytes = 0;
    for (const auto id : ids_) {
      if (bytes >= most_bytes) return;
      reader_.bring_to_hand(id);
      if (to_.has(id.message)) continue;
      auto chunk = reader_.chunk(id.message, 0);
      if (!chunk) continue;
      bytes += chunk->size();
      to_.put(id.message, std::move(*chunk));
    }
  }
  void fail(const Error&) override {}

 private:
  const QueueReader& reader_;
  ReadAhead& to_;
  std::vector<DeliveryId> ids_;
};

}  // namespace

bool ReadAhead::has(MessageId id) const {
  const std::lock_guard lock(mutex_);
  return places_.contains(id);
}

void ReadAhead::put(MessageId id, std::string chunk) {
  const std::lock_guard lock(mutex_);
  if (chunk.size() > most_bytes_ || places_.contains(id)) return;
  bytes_ += chunk.size();
  chunks_.emplace_back(id, std::move(chunk));
  places_.emplace(id, std::prev(chunks_.end()));
  while (bytes_ > most_bytes_) {
    bytes_ -= chunks_.front().second.size();
    places_.erase(chunks_.front().first);
    chunks_.pop_front();
  }
}

std::optional<std::string> ReadAhead::take(MessageId id) {
  const std::lock_guard lock(mutex_);
  const auto place = places_.find(id);
  if (place == places_.end()) return std::nullopt;
  auto chunk = std::move(place->second->second);
  bytes_ -= chunk.size();
  chunks_.erase(place->second);
  places_.erase(place);
  return chunk;
}

std::unique_ptr<LaneRead> read_into(ReadAhead& ahead,
                                    const QueueReader& reader,
                                    std::vector<DeliveryId> ids) {
  return std::make_unique<AheadRead>(reader, ahead, std::move(ids));
}

}  // namespace greyhound::queue
