// SevenBitBody: a message as it goes to a server that takes no 8-bit content: the stored bytes,
// converted as they are read.
// Source: RFC 6152 section 3.
// Owner: the transaction; lives for one, within the life of the body that it reads.
// Errors: those of that body.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "mail/body_source.hpp"
#include "smtp_client/content/seven_bit_converter.hpp"

namespace greyhound::smtp {

class SevenBitBody final : public mail::BodySource {
 public:
  SevenBitBody(mail::BodySource& original,
               std::vector<EntityChange> changes,
               std::uint64_t size_bytes);

  std::uint64_t size_bytes() const override { return size_bytes_; }
  Awaitable<Result<std::string>> next() override;
  void rewind() override;

 private:
  mail::BodySource& original_;
  const std::vector<EntityChange> changes_;
  const std::uint64_t size_bytes_;
  SevenBitConverter converter_;
  bool is_finished_ = false;
};

// What to send in place of a body.
struct InSevenBits {
  std::unique_ptr<SevenBitBody> body = nullptr;  // none: it is in 7 bits as it is, or:
  std::string problem = {};                      // why it cannot be converted
};

// Reads `original`, which outlives the result, twice.
Awaitable<Result<InSevenBits>> in_seven_bits(mail::BodySource* original);

}  // namespace greyhound::smtp
