// MimeWalk: the structure of a message, found line by line: which line belongs to which entity, and
// what that entity is. It follows the structure only where every reader sees the same one; else it
// says what is wrong and only looks for 8-bit bytes in what follows.
// Source: RFC 2045, RFC 2046 section 5.1 (boundaries) and 5.2.1 (message/rfc822), RFC 1847 (what is
//         signed or encrypted is not to be touched).
// Limits: max_entities, max_depth, one header field of at most max_field_bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "smtp_client/content/line_cutter.hpp"

namespace greyhound::smtp {

// A message or a part of one, known once its header has ended.
struct MimeEntity {
  std::string type = "text/plain";
  std::string encoding = {};   // of its header, lower case; empty: none
  bool is_message = false;     // begins with the header of a message, so that MIME must be declared
  bool declares_mime = false;  // MIME-Version: 1.0
  bool is_sealed = false;      // within something signed or encrypted
  bool has_eight_bit = false;  // in its own lines
  std::size_t depth = 0;
  std::uint64_t body_bytes = 0;  // of a leaf, without line ends
  std::uint64_t odd_bytes = 0;   // of these, what quoted-printable cannot show as it is

  bool is_identity() const;  // its bytes are not encoded
};

class MimeWalk {
 public:
  static constexpr std::size_t max_entities = 1000;
  static constexpr std::size_t max_depth = 20;
  static constexpr std::size_t max_field_bytes = 16384;

  enum class Place : std::uint8_t {
    header,      // a line of a header field
    header_end,  // the empty line behind it
    body,        // of a leaf
    delimiter,   // the CR LF before it is its own as well
    between,     // preamble and epilogue of a multipart
  };

  MimeWalk();

  Place take(const Line& line);
  void finish();

  std::size_t entity() const { return of_line_; }  // that the line taken last belongs to
  const std::vector<MimeEntity>& entities() const { return entities_; }
  // The header line that was taken last is one of Content-Transfer-Encoding.
  bool is_encoding_field() const { return is_encoding_field_; }
  const std::string& problem() const { return problem_; }  // empty: none

 private:
  struct Level {  // a multipart that is open
    std::string boundary;
    std::size_t entity;
    bool is_closed = false;
  };
  enum class Delimiter : std::uint8_t { none, next, close };

  Place take_header_line(const Line& line);
  void begin_field(std::string_view line);
  void end_field();
  void end_header();
  void take_content_type(std::string_view value);
  void open_multipart(const std::string& boundary);
  void add_entity(std::size_t parent, bool is_message);
  bool take_delimiter(const Line& line);
  Delimiter match(const Level& level, const Line& line);
  void note_bytes(const Line& line, Place place);
  void complain(std::string_view about);
  MimeEntity& here() { return entities_[current_]; }

  std::vector<MimeEntity> entities_;
  std::vector<Level> levels_;
  std::size_t current_ = 0;  // entity of the lines to come
  std::size_t of_line_ = 0;
  Place place_ = Place::header;  // of the lines to come
  std::string field_;            // the field that is open, unfolded
  std::string boundary_;         // of the header that is open
  bool has_content_type_ = false;
  bool has_encoding_ = false;
  bool has_version_ = false;
  bool is_encoding_field_ = false;
  std::string problem_;
};

}  // namespace greyhound::smtp
