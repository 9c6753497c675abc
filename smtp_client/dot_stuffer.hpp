// DotStuffer: a message on its way through DATA, chunk by chunk. The chunks may be cut anywhere.
// Source: RFC 5321 section 4.5.2 (transparency), 2.3.8 (CR and LF never alone, whatever was stored:
// one that is becomes a line end, so that nothing can end the message early at another server).
#pragma once

#include <string>
#include <string_view>

namespace greyhound::smtp {

class DotStuffer {
 public:
  std::string encode(std::string_view chunk);

  // What ends the message: the rest of its last line, then the lone dot.
  std::string finish();

 private:
  void put(char c, std::string& out);
  void end_line(std::string& out);

  bool is_at_line_start_ = true;
  bool has_open_cr_ = false;  // a CR came last; what it means depends on the next byte
};

}  // namespace greyhound::smtp
