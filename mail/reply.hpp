// Reply: everything a server said to one command, all lines kept.
// Source: RFC 5321 section 4.2, RFC 2034 section 4 (a status is believed only if its class is the
// code's first digit).
// Limits: the reader bounds lines and bytes before a Reply exists (smtp_client/reply_reader.hpp).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mail/enhanced_status.hpp"

namespace greyhound::mail {

struct Reply {
  int code = 0;                          // 200 to 599
  std::optional<EnhancedStatus> status;  // cut from the front of each line's text
  std::vector<std::string> lines;        // text of each line, without code and status; one or more

  int first_digit() const { return code / 100; }
  bool is_positive() const { return first_digit() == 2; }
  bool is_transient() const { return first_digit() == 4; }
  bool is_permanent() const { return first_digit() == 5; }

  std::string text() const;       // the lines, joined by a space
  std::string to_string() const;  // "451 4.7.1 Greylisted, try again later"
  // As in a Diagnostic-Code: every line with its code, separated by LF.
  std::string to_lines() const;

  friend bool operator==(const Reply&, const Reply&) = default;
};

// From the text after the code of each line; cuts off the enhanced status where one belongs.
Reply make_reply(int code, std::vector<std::string> texts);

}  // namespace greyhound::mail
