// BodySource: the stored bytes of a message, in order, a chunk at a time. Port: the queue has the
// real one, tests have one over a string.
// Bytes: canonical CR LF lines as accepted; they never change between attempts.
#pragma once

#include <cstdint>
#include <string>

#include "runtime/awaitable.hpp"
#include "runtime/result.hpp"

namespace greyhound::mail {

class BodySource {
 public:
  BodySource() = default;
  BodySource(const BodySource&) = delete;
  BodySource& operator=(const BodySource&) = delete;
  virtual ~BodySource() = default;

  virtual std::uint64_t size_bytes() const = 0;

  // The next chunk; empty at the end. Errors are our own side's: the attempt is then not counted.
  virtual Awaitable<Result<std::string>> next() = 0;

  virtual void rewind() = 0;  // to the first chunk, for another host or connection
};

}  // namespace greyhound::mail
