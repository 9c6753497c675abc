// HeaderScan: reads off the header section, as it passes, what the envelope record needs to know.
// Source: RFC 5322 sections 2.2 and 3.6.4, RFC 5321 section 6.3 (loops), RFC 3834 section 5 and
//         RFC 2919 (mail that no person waits for), RFC 6532 (UTF-8 in the header), RFC 8689
//         section 3 (TLS-Required).
// Nothing is changed or refused here; a line that is no field is passed over.
// Limits: keeps at most one name and one value of the few fields it looks at, cut at their bounds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "mail/utf8.hpp"

namespace greyhound::intake {

class HeaderScan {
 public:
  void feed(std::string_view bytes);  // canonical CR LF lines, cut anywhere
  void finish();                      // no more will come: a message may be header alone

  std::size_t received_fields() const { return received_fields_; }
  bool is_bulk() const { return is_bulk_; }
  bool says_tls_not_required() const { return says_tls_not_required_; }
  // It holds UTF-8, which needs SMTPUTF8; 8-bit bytes of another kind are no header that it knows.
  bool has_utf8() const { return utf8_.has_eight_bit() && utf8_.is_valid(); }
  const std::string& message_id() const { return message_id_; }  // "<x@y>"; empty: none or unusable
  bool has_message_id() const { return has_message_id_; }        // usable or not
  bool has_date() const { return has_date_; }

  // The header section so far, with the empty line that ends it.
  std::uint64_t header_bytes() const { return header_bytes_; }
  // Where in the message the fields end, once that is known: at the empty line, or at a line before
  // it that is no field; at 0 if that is the first one, so that there is no header at all; at the
  // end of what is all header.
  std::optional<std::uint64_t> fields_end() const { return fields_end_; }
  bool has_no_header() const { return has_no_header_; }

 private:
  enum class Part : std::uint8_t { line_start, name, value, skipped_line, body };
  enum class Field : std::uint8_t {
    other,
    message_id,
    precedence,
    auto_submitted,
    tls_required,
  };

  std::size_t pass_over(std::string_view bytes);
  void take(char c);
  void take_line_start(char c);
  void end_line();
  void end_fields();
  void begin_value();
  void end_field();

  Part part_ = Part::line_start;
  Part continued_ = Part::skipped_line;  // what a folded line goes on with
  Field field_ = Field::other;
  std::string name_;
  std::string value_;
  std::uint64_t header_bytes_ = 0;
  std::uint64_t line_start_ = 0;
  std::string first_line_;  // as much of it as tells what it is
  std::optional<std::uint64_t> fields_end_;
  bool has_no_header_ = false;
  bool has_message_id_ = false;
  bool has_date_ = false;
  std::size_t received_fields_ = 0;
  bool is_bulk_ = false;
  bool says_tls_not_required_ = false;
  std::string message_id_;
  mail::Utf8Scan utf8_;
};

}  // namespace greyhound::intake
