#include "unit/notify/report_parser.hpp"

#include <algorithm>
#include <optional>

namespace greyhound::notify::testing {
namespace {

constexpr std::string_view line_end = "\r\n";

void check_bytes(const std::string& message, std::vector<std::string>& faults) {
  std::size_t column = 0;
  for (std::size_t i = 0; i < message.size(); ++i) {
    const char c = message[i];
    const bool is_line_end = c == '\r' && i + 1 < message.size() && message[i + 1] == '\n';
    if (is_line_end) {
      if (column > 998) faults.push_back("line of " + std::to_string(column) + " octets");
      column = 0;
      ++i;
      continue;
    }
    if (c == '\r' || c == '\n' || c == '\0')
      faults.push_back("stray control at " + std::to_string(i));
    ++column;
  }
  if (column != 0) faults.emplace_back("last line has no end");
}

std::vector<std::string> split_lines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const auto end = std::min(text.find(line_end), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(text.size(), end + 2));
  }
  return lines;
}

bool is_field_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return c > ' ' && c <= '~' && c != ':';
  });
}

Fields parse_fields(std::string_view text, std::vector<std::string>& faults) {
  Fields fields;
  for (const auto& line : split_lines(text)) {
    if (line.find_first_not_of(" \t") == std::string::npos) {
      faults.emplace_back("blank line within fields");
    } else if (line.starts_with(' ')) {
      if (fields.empty()) return faults.emplace_back("continues nothing: " + line), fields;
      fields.back().value += line;
      fields.back().lines.push_back(line.substr(1));
    } else {
      const auto colon = line.find(": ");
      const auto name = line.substr(0, colon);
      if (colon == std::string::npos || !is_field_name(name)) {
        faults.push_back("not a field: " + line);
        continue;
      }
      fields.push_back({name, line.substr(colon + 2), {line.substr(colon + 2)}});
    }
  }
  return fields;
}

Entity parse_entity(std::string_view text, std::vector<std::string>& faults) {
  const auto end = text.find("\r\n\r\n");
  if (end == std::string_view::npos) return faults.emplace_back("header without an end"), Entity{};
  return {parse_fields(text.substr(0, end + 2), faults), std::string(text.substr(end + 4))};
}

struct ReportType {
  std::string subtype;  // of the second part
  std::string boundary;
};

std::optional<ReportType> report_type_of(const std::string& content_type) {
  for (const auto* const subtype : {"delivery-status", "global-delivery-status"}) {
    const auto start = std::string("multipart/report; report-type=") + subtype + "; boundary=\"";
    if (!content_type.starts_with(start) || !content_type.ends_with('"')) continue;
    return ReportType{subtype,
                      content_type.substr(start.size(), content_type.size() - start.size() - 1)};
  }
  return std::nullopt;
}

// The entities between the delimiter lines; nothing may stand before the first or after the last.
std::vector<Entity> split_parts(const std::string& body,
                                const std::string& boundary,
                                std::vector<std::string>& faults) {
  std::vector<Entity> parts;
  const std::string delimiter = "\r\n--" + boundary;
  const auto from_line_end = "\r\n" + body;  // so that the first delimiter looks like the others
  std::string_view rest = from_line_end;
  if (!rest.starts_with(delimiter)) faults.emplace_back("something before the first part");
  while (rest.starts_with(delimiter + "\r\n")) {
    rest.remove_prefix(delimiter.size() + 2);
    const auto end = rest.find(delimiter);
    if (end == std::string_view::npos) return faults.emplace_back("part without an end"), parts;
    parts.push_back(parse_entity(rest.substr(0, end), faults));
    rest.remove_prefix(end);
  }
  if (rest != delimiter + "--\r\n") faults.emplace_back("something after the last part");
  return parts;
}

std::vector<Fields> split_blocks(const std::string& body, std::vector<std::string>& faults) {
  std::vector<Fields> blocks;
  std::string_view rest = body;
  while (!rest.empty()) {
    const auto end = rest.find("\r\n\r\n");
    const auto size = end == std::string_view::npos ? rest.size() : end + 2;
    blocks.push_back(parse_fields(rest.substr(0, size), faults));
    rest.remove_prefix(std::min(rest.size(), size + 2));
  }
  return blocks;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

}  // namespace

Report parse_report(const std::string& message) {
  Report report;
  check_bytes(message, report.faults);
  report.top = parse_entity(message, report.faults);
  const auto type = report_type_of(only(report.top.header, "Content-Type"));
  if (!type) return report.faults.emplace_back("no boundary"), report;
  report.parts = split_parts(report.top.body, type->boundary, report.faults);
  if (report.parts.size() < 2) return report.faults.emplace_back("too few parts"), report;
  const auto& status = report.parts[1];
  if (only(status.header, "Content-Type") != "message/" + type->subtype) {
    report.faults.emplace_back("second part is no delivery-status");
  }
  report.status_blocks = split_blocks(status.body, report.faults);
  if (report.status_blocks.size() < 2) report.faults.emplace_back("no recipient block");
  return report;
}

std::string only(const Fields& fields, std::string_view name) {
  const auto count = std::count_if(
      fields.begin(), fields.end(), [name](const Field& field) { return field.name == name; });
  if (count != 1) return count == 0 ? "absent" : "repeated";
  return find(fields, name)->value;
}

const Field* find(const Fields& fields, std::string_view name) {
  const auto found = std::find_if(
      fields.begin(), fields.end(), [name](const Field& field) { return field.name == name; });
  return found == fields.end() ? nullptr : &*found;
}

std::string decoded(const Entity& part) {
  if (only(part.header, "Content-Transfer-Encoding") != "quoted-printable") return part.body;
  std::string out;
  for (std::size_t i = 0; i < part.body.size(); ++i) {
    if (part.body[i] != '=') {
      out += part.body[i];
      continue;
    }
    if (part.body.compare(i, 3, "=\r\n") != 0) {
      out +=
          static_cast<char>(hex_digit(part.body.at(i + 1)) * 16 + hex_digit(part.body.at(i + 2)));
    }
    i += 2;
  }
  return out;
}

}  // namespace greyhound::notify::testing
