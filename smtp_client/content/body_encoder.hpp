// BodyEncoder: a message on its way to a server, chunk by chunk. The chunks may be cut anywhere.
// Source: RFC 5321 section 4.5.2 (dots doubled for DATA), RFC 3030 section 2 (sent as it is by
// BDAT); section 2.3.8 for both (CR and LF never alone, whatever was stored: one that is becomes a
// line end, so that nothing can end the message early at another server).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace greyhound::smtp {

enum class BodyTransfer : std::uint8_t { data, bdat };

class BodyEncoder {
 public:
  explicit BodyEncoder(BodyTransfer transfer) : transfer_(transfer) {}

  std::string encode(std::string_view chunk);

  // What ends the message: the rest of its last line; then, for DATA, the lone dot.
  std::string finish();

 private:
  std::string_view whole_line(std::string_view chunk) const;
  void put_line(std::string_view line, std::string& out) const;
  void put(char c, std::string& out);
  void end_line(std::string& out);

  const BodyTransfer transfer_;
  bool is_at_line_start_ = true;
  bool has_open_cr_ = false;  // a CR came last; what it means depends on the next byte
};

}  // namespace greyhound::smtp
