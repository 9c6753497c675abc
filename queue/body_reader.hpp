// BodyReader: the stored bytes of one message as a mail::BodySource, a chunk at a time.
// Owner: one attempt. Runs on: the loop of that attempt.
#pragma once

#include "mail/body_source.hpp"
#include "queue/store.hpp"

namespace greyhound::queue {

class BodyReader final : public mail::BodySource {
 public:
  BodyReader(Store& store, const Message& message)
      : store_(store), id_(message.id), chunks_(message.chunks), size_bytes_(message.size_bytes) {}

  std::uint64_t size_bytes() const override { return size_bytes_; }
  Awaitable<Result<std::string>> next() override;
  void rewind() override { position_ = 0; }

 private:
  Store& store_;
  MessageId id_;
  std::uint32_t chunks_;
  std::uint64_t size_bytes_;
  std::uint32_t position_ = 0;
};

}  // namespace greyhound::queue
