#include "queue/write_size.hpp"

namespace greyhound::queue {
namespace {

constexpr std::uint64_t record_bytes = 512;

}  // namespace

std::uint64_t size_of(const NewMessage& message) {
  auto size = record_bytes;
  for (const auto& chunk : message.body)
    size += chunk.size();
  for (const auto& delivery : message.deliveries) {
    size += record_bytes + record_bytes * delivery.recipients.size();
  }
  return size;
}

std::uint64_t size_of(const Settlement& settlement) {
  auto size = record_bytes + record_bytes * settlement.after.recipients.size();
  for (const auto& notice : settlement.notices)
    size += size_of(notice);
  if (settlement.delay_notice) size += size_of(*settlement.delay_notice);
  return size;
}

}  // namespace greyhound::queue
