#include "scheduler/original_content.hpp"

#include <algorithm>
#include <utility>

namespace greyhound::scheduler {
namespace {

constexpr std::uint64_t max_head_bytes = 64ULL * 1024;

}  // namespace

Awaitable<ReadOriginal> read_original(queue::Store* store, queue::Message message, bool whole) {
  ReadOriginal read;
  const auto limit = whole ? message.size_bytes : std::min(message.size_bytes, max_head_bytes);
  std::string content;
  for (std::uint32_t number = 0; number < message.chunks && content.size() < limit; ++number) {
    const auto chunk = co_await store->chunk(message.id, number);
    if (!chunk) {
      read.damage = chunk.error();
      break;
    }
    content += *chunk;
  }
  const auto end_of_head = content.find("\r\n\r\n");
  read.content.head =
      content.substr(0, end_of_head == std::string::npos ? max_head_bytes : end_of_head + 2);
  if (whole && !read.damage) read.content.whole = std::move(content);
  co_return read;
}

}  // namespace greyhound::scheduler
