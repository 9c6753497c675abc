// NoticeReader: a delivery status notification taken apart, by code that shares nothing with the
// agent's composer.
// Source: RFC 6522 (multipart/report), RFC 3464 (delivery-status), RFC 2045 section 6.7.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace greyhound::e2e {

using HeaderFields = std::map<std::string, std::string>;  // names in lower case, values unfolded

struct MimePart {
  HeaderFields header;
  std::string body;  // transfer encoding undone

  std::string type() const;  // "text/plain"
};

struct ReadNotice {
  HeaderFields header;
  MimePart text;
  MimePart status;
  MimePart original;
  HeaderFields about_message;
  std::vector<HeaderFields> about_recipients;
};

// nullopt: not a report of exactly three parts, the second of them a delivery status.
std::optional<ReadNotice> read_notice(std::string_view message);

HeaderFields read_header(std::string_view text);

}  // namespace greyhound::e2e
