// TransferEncoder: the body of one MIME part in 7 bits, a piece at a time.
// Source: RFC 2045 sections 6.7 (quoted-printable) and 6.8 (base64): lines of at most 76 octets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace greyhound::smtp {

enum class TransferEncoding : std::uint8_t { quoted_printable, base64 };

std::string_view to_string(TransferEncoding encoding);  // as Content-Transfer-Encoding has it

class TransferEncoder {
 public:
  explicit TransferEncoder(TransferEncoding encoding) : encoding_(encoding) {}

  // Both add to `out`. `text` holds no line end.
  void put(std::string_view text, std::string& out);
  void end_line(std::string& out);
  // What is still kept back. The last line is left open, as its content was.
  void finish(std::string& out);

  bool is_at_line_start() const { return column_ == 0; }  // of what went out

 private:
  void quote(char c, std::string& out);
  void put_quoted(std::string_view token, std::string& out);
  void put_blank_quoted(std::string& out);
  void put_base64(std::string_view bytes, std::string& out);
  void put_group(std::string& out);

  TransferEncoding encoding_;
  std::size_t column_ = 0;
  std::string kept_;  // a blank that may end its line, or less than three bytes
};

}  // namespace greyhound::smtp
