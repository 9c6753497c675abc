#include "cli/delivery_text.hpp"

#include <charconv>

#include <nlohmann/json.hpp>

#include "cli/console.hpp"
#include "runtime/duration_text.hpp"

namespace greyhound::cli {
namespace {

// "12m ago", "in 3m", "now"
std::string relative(Instant instant, Instant now) {
  using namespace std::chrono_literals;
  if (instant > now) return "in " + short_duration(instant - now);
  return now - instant < 1s ? "now" : short_duration(now - instant) + " ago";
}

std::string next_text(const agent::QueueRow& row, Instant now) {
  if (row.state == "active" || row.state == "held") return row.state;
  if (row.state == "undeliverable") return "kept " + short_duration(row.next - now);
  return row.next <= now ? "now" : "in " + short_duration(row.next - now);
}

std::string why_text(const agent::QueueRow& row) {
  if (row.why.empty()) return row.state == "new" ? "not tried yet" : "";
  return row.state == "in_doubt" ? "in doubt: " + row.why : row.why;
}

void add_recipient(std::string& out, const Json& recipient, Instant now) {
  const auto notify = text_at(recipient, "notify");
  auto line = "<" + text_at(recipient, "address") + "> " + text_at(recipient, "state");
  if (!notify.empty()) line += ", NOTIFY=" + notify;
  add_line(out, "  ", "recipient", line);
  const auto& last = member(recipient, "last");
  if (!last.is_object()) return;
  const auto host = text_at(last, "host");
  auto what = text_at(last, "verdict") + " at " + text_at(last, "stage");
  if (!host.empty()) what += " by " + host;
  add_line(out, "    ", "last", what + ", " + instant_text(last, "at", now));
  const auto blame = text_at(last, "blame");
  if (blame != "nobody") add_line(out, "    ", "at fault", blame);
  const auto& lines = member(last, "lines");
  if (!lines.is_array() || lines.empty()) {
    add_line(out, "    ", "reason", text_at(last, "text"));
    return;
  }
  const auto code = number_at(last, "code") + " " + text_at(last, "status") + " ";
  for (const auto& line_of_reply : lines) {
    if (line_of_reply.is_string())
      add_line(out, "    ", "reply", code + line_of_reply.get<std::string>());
  }
}

void add_delivery(std::string& out, const Json& delivery, Instant now) {
  add_line(out, "", "delivery", text_at(delivery, "delivery"));
  add_line(out, "  ", "to", text_at(delivery, "domain"));
  add_line(out, "  ", "state", text_at(delivery, "state"));
  add_line(out, "  ", "attempts", number_at(delivery, "attempts"));
  add_line(out, "  ", "last attempt", instant_text(delivery, "attempted", now));
  add_line(out, "  ", "next attempt", instant_text(delivery, "next", now));
  auto why = text_at(delivery, "rule") + ", " + text_at(delivery, "series") + " wait " +
             number_at(delivery, "position") + " of " + text_at(delivery, "wait");
  add_line(out, "  ", "rule", why + ", class " + text_at(delivery, "class"));
  add_line(out, "  ", "greylisted", instant_text(delivery, "greylisted", now));
  add_line(out, "  ", "expires", instant_text(delivery, "expires", now));
  add_line(out, "  ", "source", text_at(delivery, "source"));
  add_line(out, "  ", "host", text_at(delivery, "host"));
  for (const auto& recipient : member(delivery, "recipients"))
    add_recipient(out, recipient, now);
}

}  // namespace

const Json& member(const Json& object, std::string_view key) {
  static const Json nothing;
  if (!object.is_object()) return nothing;
  const auto found = object.find(std::string(key));
  return found == object.end() ? nothing : *found;
}

std::string number_at(const Json& object, std::string_view key) {
  const auto& value = member(object, key);
  return value.is_number_integer() ? value.dump() : "?";
}

std::string text_at(const Json& object, std::string_view key) {
  const auto& value = member(object, key);
  return value.is_string() ? value.get<std::string>() : std::string();
}

std::string instant_text(const Json& object, std::string_view key, Instant now) {
  const auto text = text_at(object, key);
  const auto instant = parse_instant(text);
  return instant ? text + " (" + relative(*instant, now) + ")" : text;
}

void add_line(std::string& out,
              std::string_view indent,
              std::string_view key,
              const std::string& text) {
  if (text.empty()) return;
  constexpr std::size_t column = 14;
  out += indent;
  out += key;
  out.append(key.size() < column ? column - key.size() : 1, ' ');
  out += printable(text) + "\n";
}

std::string short_duration(Duration duration) {
  using namespace std::chrono;
  const auto whole = duration_cast<seconds>(std::max(duration, Duration::zero())).count();
  if (whole < 60) return std::to_string(whole) + "s";
  if (whole < 3600) return std::to_string(whole / 60) + "m";
  if (whole < 86'400) return std::to_string(whole / 3600) + "h";
  return std::to_string(whole / 86'400) + "d";
}

std::optional<Instant> parse_instant(std::string_view text) {
  constexpr std::string_view shape = "dddd-dd-ddTdd:dd:ddZ";
  if (text.size() != shape.size()) return std::nullopt;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const bool is_digit = text[i] >= '0' && text[i] <= '9';
    if (shape[i] == 'd' ? !is_digit : text[i] != shape[i]) return std::nullopt;
  }
  const auto number = [text](std::size_t at, std::size_t length) {
    unsigned value = 0;
    std::from_chars(text.data() + at, text.data() + at + length, value);
    return value;
  };
  using namespace std::chrono;
  const year_month_day date{
      year{static_cast<int>(number(0, 4))}, month{number(5, 2)}, day{number(8, 2)}};
  if (!date.ok() || number(11, 2) > 23 || number(14, 2) > 59 || number(17, 2) > 60) {
    return std::nullopt;
  }
  return Instant{sys_days{date}} + hours{number(11, 2)} + minutes{number(14, 2)} +
         seconds{number(17, 2)};
}

std::vector<std::string> list_header() {
  return {"DELIVERY", "AGE", "TRIES", "NEXT", "TO", "WHY"};
}

std::vector<std::string> list_row(const agent::QueueRow& row, Instant now) {
  return {row.delivery,
          short_duration(now - row.arrived),
          std::to_string(row.attempts),
          next_text(row, now),
          row.domain,
          why_text(row)};
}

std::string message_text(const Json& message, Instant now) {
  std::string out;
  const auto kind = text_at(message, "kind");
  const auto about = text_at(message, "about");
  add_line(out, "", "message", text_at(message, "message"));
  if (kind != "mail") add_line(out, "", "kind", about.empty() ? kind : kind + " about " + about);
  add_line(out, "", "from", "<" + text_at(message, "from") + ">");
  add_line(out, "", "arrived", instant_text(message, "arrived", now));
  add_line(out, "", "handed in by", text_at(message, "client"));
  add_line(out, "", "size", number_at(message, "size_bytes") + " bytes");
  add_line(out, "", "Message-ID", text_at(message, "message_id"));
  add_line(out, "", "ENVID", text_at(member(message, "dsn"), "envelope_id"));
  add_line(out, "", "RET", text_at(member(message, "dsn"), "return"));
  const auto notice = instant_text(message, "delay_notice", now);
  add_line(out, "", "delay notice", notice.empty() ? "none sent" : "sent " + notice);
  add_line(out,
           "",
           "open",
           number_at(message, "deliveries_open") + " of " + number_at(message, "deliveries_made") +
               " deliveries");
  for (const auto& delivery : member(message, "deliveries")) {
    out += "\n";
    add_delivery(out, delivery, now);
  }
  return out;
}

}  // namespace greyhound::cli
