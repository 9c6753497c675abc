#include "e2e/notice_reader.hpp"

#include <algorithm>
#include <charconv>

#include "mail/address.hpp"

namespace greyhound::e2e {
namespace {

constexpr std::string_view line_end = "\r\n";
constexpr std::string_view empty_line = "\r\n\r\n";

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
    text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
    text.remove_suffix(1);
  return text;
}

std::string value_or_empty(const HeaderFields& fields, const std::string& name) {
  const auto found = fields.find(name);
  return found == fields.end() ? std::string() : found->second;
}

// The value of a Content-Type parameter, quoted or not.
std::string parameter(const std::string& value, std::string_view name) {
  const auto start = mail::lower_case(value).find(std::string(name) + "=");
  if (start == std::string::npos) return {};
  auto rest = std::string_view(value).substr(start + name.size() + 1);
  const bool is_quoted = rest.starts_with('"');
  if (is_quoted) rest.remove_prefix(1);
  return std::string(rest.substr(0, rest.find_first_of(is_quoted ? "\"" : "; ")));
}

std::string without_quoted_printable(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '=') {
      out += text[i];
      continue;
    }
    const auto code = text.substr(i + 1, 2);
    unsigned byte = 0;
    const auto [end, failed] = std::from_chars(code.data(), code.data() + code.size(), byte, 16);
    if (code != line_end && failed == std::errc{}) out += static_cast<char>(byte);
    i += code.size();
  }
  return out;
}

MimePart read_part(std::string_view text) {
  MimePart part;
  const auto end = text.find(empty_line);
  part.header = read_header(text.substr(0, end));
  if (end == std::string_view::npos) return part;
  const auto body = text.substr(end + empty_line.size());
  const auto encoding = mail::lower_case(value_or_empty(part.header, "content-transfer-encoding"));
  part.body = encoding == "quoted-printable" ? without_quoted_printable(body) : std::string(body);
  return part;
}

std::vector<MimePart> read_parts(std::string_view body, const std::string& boundary) {
  std::vector<MimePart> parts;
  const auto delimiter = "\r\n--" + boundary;
  const auto whole = std::string(line_end) + std::string(body);
  auto rest = std::string_view(whole);
  auto start = rest.find(delimiter);
  while (start != std::string_view::npos) {
    rest.remove_prefix(start + delimiter.size());
    if (rest.starts_with("--")) return parts;
    const auto end = rest.find(delimiter);
    const auto first = rest.find(line_end);
    if (end == std::string_view::npos || first == std::string_view::npos) break;
    parts.push_back(read_part(rest.substr(first + 2, end - first - 2)));
    start = end;
  }
  return {};  // no closing delimiter
}

std::vector<HeaderFields> read_blocks(std::string_view text) {
  std::vector<HeaderFields> blocks;
  while (!text.empty()) {
    const auto end = text.find(empty_line);
    const auto block = text.substr(0, end);
    if (block.find(':') != std::string_view::npos) blocks.push_back(read_header(block));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + empty_line.size());
  }
  return blocks;
}

}  // namespace

std::string MimePart::type() const {
  const auto value = value_or_empty(header, "content-type");
  return mail::lower_case(trimmed(value.substr(0, value.find(';'))));
}

HeaderFields read_header(std::string_view text) {
  HeaderFields fields;
  std::string current;
  while (!text.empty()) {
    const auto line = text.substr(0, text.find(line_end));
    text.remove_prefix(std::min(text.size(), line.size() + line_end.size()));
    const bool is_folded = line.starts_with(' ') || line.starts_with('\t');
    if (is_folded && !current.empty()) {
      fields[current] += " " + std::string(trimmed(line));
      continue;
    }
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    current = mail::lower_case(line.substr(0, colon));
    fields[current] = trimmed(line.substr(colon + 1));
  }
  return fields;
}

std::optional<ReadNotice> read_notice(std::string_view message) {
  const auto whole = read_part(message);
  const auto content_type = value_or_empty(whole.header, "content-type");
  auto parts = read_parts(whole.body, parameter(content_type, "boundary"));
  if (whole.type() != "multipart/report" || parts.size() != 3) return std::nullopt;
  if (parameter(content_type, "report-type") != "delivery-status") return std::nullopt;
  if (parts[1].type() != "message/delivery-status") return std::nullopt;
  auto blocks = read_blocks(parts[1].body);
  if (blocks.size() < 2) return std::nullopt;
  ReadNotice notice{.header = whole.header,
                    .text = std::move(parts[0]),
                    .status = std::move(parts[1]),
                    .original = std::move(parts[2]),
                    .about_message = blocks.front(),
                    .about_recipients = {blocks.begin() + 1, blocks.end()}};
  return notice;
}

}  // namespace greyhound::e2e
