// ContentReader: the octets of a message as they come: behind DATA up to the one true end, with the
//                dots of transparency taken off; or as BDAT counts them.
// Source: RFC 5321 sections 2.3.8, 4.1.1.4 and 4.5.2; RFC 3030 section 2.
// Only CR LF "." CR LF ends a message that is not counted. One with a CR or LF that stands alone is
// read to that end and then refused whole, or mended if the settings say so: what one server takes
// for an end and the next does not is how mail is smuggled. NUL is refused always. Lines beyond 998
// octets are taken as they are up to a bound of ours; they are never cut.
// Limits: keeps less than one chunk beyond what take_chunk() has handed out and one feed() brought.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "intake/intake_settings.hpp"

namespace greyhound::intake {

class ContentReader {
 public:
  static constexpr std::size_t chunk_bytes = 64 << 10;

  enum class Framing : std::uint8_t { dot, counted };
  enum class Flaw : std::uint8_t { bare_return, bare_line_feed, nul, too_large, long_line };

  ContentReader(Framing framing, const IntakeSettings& settings);

  // How many of `bytes` belong to the message; the rest is commands again. Of a counted message all
  // do. After a flaw the bytes are only counted off.
  std::size_t feed(std::string_view bytes);
  void finish();  // of a counted message: no more comes; its last line gets an end if it has none

  bool is_at_end() const { return state_ == State::end; }
  std::optional<Flaw> flaw() const { return flaw_; }  // the first one
  bool has_eight_bit() const { return has_eight_bit_; }
  std::uint64_t size_bytes() const { return size_bytes_; }  // of the content so far

  // chunk_bytes each, the last one what is left; empty: not now, or nothing at all.
  std::string take_chunk();
  bool has_full_chunk() const { return content_.size() >= chunk_bytes; }
  bool has_last_chunk() const { return is_at_end() && content_.size() <= chunk_bytes; }
  bool is_drained() const { return is_at_end() && content_.empty(); }

 private:
  enum class State : std::uint8_t { line_start, in_line, after_return, dot, dot_return, end };

  std::size_t take_plain_lines(std::string_view bytes);
  std::size_t take_run(std::string_view bytes);
  void take(char c);
  void take_special(char c);
  void end_line();
  void take_bare_return();
  void keep(std::string_view bytes);
  void refuse(Flaw flaw);

  const Framing framing_;
  const IntakeSettings& settings_;
  State state_ = State::line_start;  // the CR LF of the command counts
  std::optional<Flaw> flaw_;
  bool has_eight_bit_ = false;
  std::uint64_t size_bytes_ = 0;
  std::uint64_t line_bytes_ = 0;
  std::string content_;
};

}  // namespace greyhound::intake
