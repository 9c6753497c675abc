#include "queue/body_reader.hpp"

namespace greyhound::queue {

// An empty answer means the end, so an empty chunk is passed over.
Awaitable<Result<std::string>> BodyReader::next() {
  while (position_ < chunks_) {
    auto bytes = co_await store_.chunk(id_, position_);
    if (!bytes) co_return bytes.error();
    ++position_;
    if (!bytes->empty()) co_return std::move(*bytes);
  }
  co_return std::string();
}

}  // namespace greyhound::queue
