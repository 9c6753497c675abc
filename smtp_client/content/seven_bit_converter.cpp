#include "smtp_client/content/seven_bit_converter.hpp"

#include <algorithm>
#include <utility>

#include "runtime/must.hpp"

namespace greyhound::smtp {
namespace {

// Why the 8-bit bytes of this entity have to stay; empty: they need not.
std::string_view obstacle(const MimeEntity& entity) {
  if (!entity.has_eight_bit) return {};
  if (entity.is_sealed) return "8-bit content is signed or encrypted";
  if (!entity.is_identity()) return "an encoded part holds 8-bit bytes";
  if (entity.is_message && !entity.declares_mime) return "8-bit content without MIME-Version";
  // RFC 2046 section 5.2: of other kinds of message/ the encoding must not be changed.
  if (entity.type.starts_with("message/")) return "8-bit content in a part of type message";
  return {};
}

// The shorter of the two: three bytes for one, or four for three.
EntityChange change_of(const MimeEntity& entity) {
  if (entity.has_eight_bit) {
    const bool is_mostly_plain = entity.odd_bytes * 6 <= entity.body_bytes;
    return is_mostly_plain ? EntityChange::quoted_printable : EntityChange::base64;
  }
  const bool is_labelled = entity.encoding == "8bit" || entity.encoding == "binary";
  return is_labelled && !entity.is_sealed ? EntityChange::label_seven_bit : EntityChange::none;
}

std::string_view encoding_of(EntityChange change) {
  switch (change) {
    case EntityChange::quoted_printable:
      return to_string(TransferEncoding::quoted_printable);
    case EntityChange::base64:
      return to_string(TransferEncoding::base64);
    case EntityChange::label_seven_bit:
    case EntityChange::none:
      break;
  }
  return "7bit";
}

}  // namespace

void SevenBitSurvey::feed(std::string_view chunk) {
  cutter_.feed(chunk);
  walk_on();
}

void SevenBitSurvey::walk_on() {
  while (const auto line = cutter_.next())
    walk_.take(*line);
}

SevenBitPlan SevenBitSurvey::finish() {
  cutter_.finish();
  walk_on();
  walk_.finish();
  const auto& entities = walk_.entities();
  const bool is_seven_bit = std::none_of(
      entities.begin(), entities.end(), [](const auto& entity) { return entity.has_eight_bit; });
  if (is_seven_bit) return {};
  if (!walk_.problem().empty()) return {.problem = walk_.problem()};
  if (cutter_.has_lone_line_end()) return {.problem = "a CR or LF stands alone"};
  SevenBitPlan plan;
  for (const auto& entity : entities) {
    if (const auto why = obstacle(entity); !why.empty()) return {.problem = std::string(why)};
    plan.changes.push_back(change_of(entity));
  }
  return plan;
}

std::string SevenBitConverter::convert(std::string_view chunk) {
  std::string out;
  out.reserve(chunk.size() + chunk.size() / 2);
  cutter_.feed(chunk);
  convert_lines(out);
  return out;
}

std::string SevenBitConverter::finish() {
  std::string out;
  cutter_.finish();
  convert_lines(out);
  if (!encoder_) return out;
  MUST(encoder_.has_value());
  if (owes_line_end_) encoder_->end_line(out);
  encoder_->finish(out);
  if (!encoder_->is_at_line_start()) out += "\r\n";
  return out;
}

void SevenBitConverter::convert_lines(std::string& out) {
  while (const auto line = cutter_.next())
    convert(*line, out);
}

void SevenBitConverter::convert(const Line& line, std::string& out) {
  const auto place = walk_.take(line);
  if (encoder_ && place == MimeWalk::Place::body) return encode(line, out);
  if (encoder_) leave_body(out);
  const bool is_header = place == MimeWalk::Place::header || place == MimeWalk::Place::header_end;
  const auto change = is_header ? changes_.at(walk_.entity()) : EntityChange::none;
  const bool is_replaced = walk_.is_encoding_field() && change != EntityChange::none;
  if (is_replaced) return;
  if (place == MimeWalk::Place::header_end) end_header(change, out);
  out += line.text;
  if (line.is_end) out += "\r\n";
}

void SevenBitConverter::encode(const Line& line, std::string& out) {
  MUST(encoder_.has_value());
  if (owes_line_end_) encoder_->end_line(out);
  encoder_->put(line.text, out);
  owes_line_end_ = line.is_end;
}

// A delimiter follows. The line end before it is the delimiter's, not the content's.
void SevenBitConverter::leave_body(std::string& out) {
  MUST(encoder_.has_value());
  encoder_->finish(out);
  out += "\r\n";
  encoder_.reset();
  owes_line_end_ = false;
}

void SevenBitConverter::end_header(EntityChange change, std::string& out) {
  if (change == EntityChange::none) return;
  out += "Content-Transfer-Encoding: " + std::string(encoding_of(change)) + "\r\n";
  if (change == EntityChange::quoted_printable)
    encoder_.emplace(TransferEncoding::quoted_printable);
  if (change == EntityChange::base64) encoder_.emplace(TransferEncoding::base64);
}

}  // namespace greyhound::smtp
