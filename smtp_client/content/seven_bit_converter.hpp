// A message with 8-bit content for a server that takes none: the bodies of its parts in
// quoted-printable or base64, everything else as it was. What comes out means the same.
// Source: RFC 6152 section 3, RFC 2045 section 6.
// Two passes: the survey reads all of it and finds what has to be done, or why that cannot be done
// safely; the converter does it. Both take chunks that are cut anywhere. Pure.
// Limits: those of MimeWalk and LineCutter; nothing grows with the message.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "smtp_client/content/line_cutter.hpp"
#include "smtp_client/content/mime_walk.hpp"
#include "smtp_client/content/transfer_encoder.hpp"

namespace greyhound::smtp {

// What becomes of one entity.
enum class EntityChange : std::uint8_t {
  none,
  label_seven_bit,  // it said 8bit or binary, and holds nothing of the kind any more
  quoted_printable,
  base64,
};

struct SevenBitPlan {
  std::vector<EntityChange> changes = {};  // by entity, in order; empty: it is in 7 bits as it is
  std::string problem = {};                // why it cannot be converted; empty: it can
};

class SevenBitSurvey {
 public:
  void feed(std::string_view chunk);
  SevenBitPlan finish();

 private:
  void walk_on();

  LineCutter cutter_;
  MimeWalk walk_;
};

class SevenBitConverter {
 public:
  // Of a survey of the same bytes that found no problem.
  explicit SevenBitConverter(std::vector<EntityChange> changes) : changes_(std::move(changes)) {}

  std::string convert(std::string_view chunk);
  std::string finish();

 private:
  void convert_lines(std::string& out);
  void convert(const Line& line, std::string& out);
  void encode(const Line& line, std::string& out);
  void leave_body(std::string& out);
  void end_header(EntityChange change, std::string& out);

  std::vector<EntityChange> changes_;
  LineCutter cutter_;
  MimeWalk walk_;
  std::optional<TransferEncoder> encoder_;  // while a body is in it
  bool owes_line_end_ = false;  // the encoder's last line is over, unless a delimiter follows
};

}  // namespace greyhound::smtp
