// SampleMail: messages as clients hand them in, and what becomes of their attempts. The same seed
// makes the same mail.
// Bodies:  lines of random base64 behind a small header, like attachments: zstd takes them to about
//          75 %. A message has exactly the size asked for.
// Runs on: one thread.
#pragma once

#include <cstdint>
#include <string>

#include "queue/store.hpp"
#include "runtime/random.hpp"

namespace greyhound::bench {

struct MailShape {
  std::size_t size_bytes;  // of header and body together
  std::uint64_t domains;   // that the recipients are spread over, some much more than others
};

class SampleMail {
 public:
  SampleMail(std::uint64_t seed, MailShape shape);

  // Handed in just now, due at once.
  queue::NewMessage fresh(queue::MessageId id, Instant now);
  // Tried a few times, put off by a greylister or a busy host until `due`.
  queue::NewMessage deferred(queue::MessageId id, Instant now, Instant due);

  // One more attempt put the delivery off, with another reply.
  queue::Settlement deferral(queue::LoadedDelivery loaded, Instant now, Instant due);
  // The attempt succeeded: message and body go.
  queue::Settlement success(queue::LoadedDelivery loaded, Instant now);

  std::string body();  // CR LF lines
  Random& random() { return random_; }

 private:
  void put_off(queue::Delivery& delivery, Instant now, Instant due);

  MailShape shape_;
  Random random_;
  std::string base64_;  // bodies are made of pieces of it
};

}  // namespace greyhound::bench
