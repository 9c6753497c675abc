#include "config/format.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <filesystem>
#include <vector>

#include <fmt/format.h>

#include "config/suggestion.hpp"
#include "mail/address.hpp"
#include "mail/enhanced_status.hpp"
#include "mail/glob.hpp"
#include "mail/reply_class.hpp"
#include "mail/reply_rules.hpp"
#include "runtime/duration_text.hpp"
#include "runtime/ip.hpp"

namespace greyhound::config {
namespace {

constexpr std::size_t longest_socket_path = 107;  // sun_path of unix(7), without its NUL
constexpr std::uint8_t last_reply_class = 9;      // mail::ReplyClass::tls

bool is_time_span(std::string_view text) {
  return parse_duration(text).has_value() && text.find("us") == text.npos &&
         text.find("ms") == text.npos;
}

bool is_size(std::string_view text) {
  return parse_size(text).has_value();
}
bool is_percent(std::string_view text) {
  return parse_percent(text).has_value();
}
bool is_ip_address(std::string_view text) {
  return IpAddress::parse(text).has_value();
}
bool is_network(std::string_view text) {
  return IpNetwork::parse(text).has_value();
}
bool is_endpoint(std::string_view text) {
  return Endpoint::parse(text, 1).has_value();
}
bool is_mailbox(std::string_view text) {
  const auto address = mail::Address::parse(text);
  return address && address->is_ascii();
}

// The last label of a name is never all digits (RFC 3696 section 2): that is a mistyped address.
bool is_plain_host_name(std::string_view text) {
  const auto last_label = text.substr(text.rfind('.') + 1);
  return mail::is_host_name(text) && last_label.find_first_not_of("0123456789") != text.npos;
}

bool is_host(std::string_view text) {
  return is_ip_address(text) || is_plain_host_name(text);
}

bool is_mailbox_or_name(std::string_view text) {
  return is_mailbox(text.find('@') == text.npos ? std::string(text) + "@localhost"
                                                : std::string(text));
}

bool is_absolute_path(std::string_view text) {
  return std::filesystem::path(text).is_absolute();
}

bool is_socket_path(std::string_view text) {
  return is_absolute_path(text) && text.size() <= longest_socket_path && !text.ends_with('/');
}

bool is_reply_class(std::string_view text) {
  return !classes_matching(text).empty();
}

// "451", "45*", "4??": what may stand for a code of three digits.
bool is_reply_code(std::string_view text) {
  return !text.empty() && text.size() <= 3 && text.find_first_not_of("0123456789*?") == text.npos &&
         (text.size() == 3 || text.find('*') != text.npos);
}

bool is_enhanced_status(std::string_view text) {
  return mail::EnhancedStatus::parse(text).has_value();
}

std::optional<double> measure_time(std::string_view text) {
  const auto value = parse_duration(text);
  return value ? std::optional(static_cast<double>(value->count())) : std::nullopt;
}

std::optional<double> measure_size(std::string_view text) {
  const auto value = parse_size(text);
  return value ? std::optional(static_cast<double>(*value)) : std::nullopt;
}

std::optional<std::string> class_meant(const JsonNode& node) {
  std::vector<std::string> names;
  for (const auto reply_class : classes_matching("*")) {
    names.emplace_back(mail::to_string(reply_class));
  }
  return nearest(node.text, names);
}

std::optional<std::string> path_meant(const JsonNode& node) {
  if (node.text.empty() || node.text.front() == '/' || node.text.size() > 40) return std::nullopt;
  return "/" + node.text;
}

struct Format {
  std::string_view name;
  std::string_view must_be;
  bool (*holds)(std::string_view);
  std::optional<double> (*measure)(std::string_view) = nullptr;
  std::optional<std::string> (*meant)(const JsonNode&) = nullptr;
};

constexpr std::array<Format, 16> formats{
    {{"time-span", "a duration", is_time_span, measure_time, duration_meant},
     {"size", "a size", is_size, measure_size, size_meant},
     {"percent", "a percentage", is_percent, parse_percent, percent_meant},
     {"ip-address", "an IP address", is_ip_address},
     {"network", "a network such as \"192.0.2.0/24\"", is_network},
     {"endpoint", "an IP address, with or without a port", is_endpoint},
     {"host-name", "a host name", is_plain_host_name},
     {"host", "a host name or an IP address", is_host},
     {"mailbox", "a mail address", is_mailbox},
     {"mailbox-or-name", "a mail address or the part before its @", is_mailbox_or_name},
     {"absolute-path", "a path from the root", is_absolute_path, nullptr, path_meant},
     {"socket-path",
      "a path from the root of at most 107 bytes",
      is_socket_path,
      nullptr,
      path_meant},
     {"reply-class", "a reply class", is_reply_class, nullptr, class_meant},
     {"reply-code", "a reply code such as \"451\" or \"45*\"", is_reply_code},
     {"enhanced-status", "an enhanced code such as \"4.7.1\"", is_enhanced_status},
     {"status-pattern",
      "an enhanced code such as \"4.7.1\" or \"4.7.*\"",
      mail::is_status_pattern}}};

const Format* format_of(const JsonNode& schema) {
  const auto* name = schema.find("format");
  if (name == nullptr) return nullptr;
  const auto found = std::find_if(formats.begin(), formats.end(), [name](const Format& format) {
    return format.name == name->text;
  });
  return found == formats.end() ? nullptr : &*found;
}

// 1: above x-most, -1: below x-least, 0: between them, or nothing to measure.
int side_of_bounds(const Format& format, const JsonNode& schema, std::string_view text) {
  if (format.measure == nullptr) return 0;
  const auto value = format.measure(text);
  const auto* least = schema.find("x-least");
  const auto* most = schema.find("x-most");
  if (least != nullptr && value < format.measure(least->text)) return -1;
  if (most != nullptr && value > format.measure(most->text)) return 1;
  return 0;
}

}  // namespace

std::optional<double> parse_percent(std::string_view text) {
  double value = 0;
  if (!text.ends_with('%') || text.size() > 8) return std::nullopt;
  text.remove_suffix(1);
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  if (error != std::errc{} || end != text.data() + text.size() || !(value >= 0)) {
    return std::nullopt;
  }
  return value / 100;
}

std::vector<mail::ReplyClass> classes_matching(std::string_view glob) {
  std::vector<mail::ReplyClass> classes;
  for (std::uint8_t i = 0; i <= last_reply_class; ++i) {
    const auto reply_class = static_cast<mail::ReplyClass>(i);
    if (mail::matches_glob(glob, mail::to_string(reply_class))) classes.push_back(reply_class);
  }
  return classes;
}

bool is_known_format(std::string_view format) {
  return std::any_of(formats.begin(), formats.end(), [format](const Format& known) {
    return known.name == format;
  });
}

std::string format_must_be(const JsonNode& schema) {
  const auto* format = format_of(schema);
  return format == nullptr ? "" : std::string(format->must_be);
}

std::optional<Complaint> check_format(const JsonNode& schema, const JsonNode& node) {
  const auto* format = format_of(schema);
  if (format == nullptr || !node.is(JsonNode::Kind::string)) return std::nullopt;
  if (!format->holds(node.text)) {
    return Complaint{fmt::format("is {}, must be {}", shown(node), format->must_be),
                     suggest_for(schema, node)};
  }
  const int side = side_of_bounds(*format, schema, node.text);
  if (side == 0) return std::nullopt;
  const auto& bound = schema.find(side < 0 ? "x-least" : "x-most")->text;
  const auto limit = fmt::format("{} {}", side < 0 ? "at least" : "at most", bound);
  return Complaint{fmt::format("is {}, must be {}", shown(node), limit),
                   fmt::format("write \"{}\"", bound)};
}

std::string suggest_for(const JsonNode& schema, const JsonNode& node) {
  const auto* format = format_of(schema);
  if (format != nullptr && format->meant != nullptr) {
    JsonNode meant;
    meant.kind = JsonNode::Kind::string;
    meant.text = format->meant(node).value_or("");
    const bool fits = format->holds(meant.text) && side_of_bounds(*format, schema, meant.text) == 0;
    if (!meant.text.empty() && fits) return "write " + shown(meant);
  }
  const auto* examples = schema.find("examples");
  if (examples == nullptr || examples->items.empty()) return "";
  std::string text = "write for example " + written(examples->items.front());
  if (examples->items.size() > 1) text += " or " + written(examples->items[1]);
  return text;
}

}  // namespace greyhound::config
