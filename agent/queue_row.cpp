#include "agent/queue_row.hpp"

#include <array>
#include <charconv>
#include <memory>

namespace greyhound::agent {
namespace {

constexpr std::size_t field_count = 7;
constexpr std::size_t most_why = 1000;  // a table shows a line of it

// What an open recipient was told last. Recipients of one delivery mostly hear the same.
std::string why(const queue::Delivery& delivery) {
  for (const auto& one : delivery.recipients) {
    if (one.disposition == queue::Disposition::open && one.last) {
      return one.last->outcome.to_string().substr(0, most_why);
    }
  }
  return {};
}

void append_text(std::string& to, std::string_view text) {
  for (const char c : text)
    to.push_back(static_cast<unsigned char>(c) < ' ' ? ' ' : c);
}

template <class Number>
void append_number(std::string& to, Number number) {
  std::array<char, 24> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  to.append(digits.data(), end);
}

template <class Number>
bool read_number(std::string_view text, Number& number) {
  const auto* const first = std::to_address(text.begin());
  const auto* const end = first + text.size();
  const auto [stopped, error] = std::from_chars(first, end, number);
  return error == std::errc{} && stopped == end;
}

bool read_instant(std::string_view text, Instant& instant) {
  std::int64_t microseconds = 0;
  if (!read_number(text, microseconds)) return false;
  instant = Instant(Duration(microseconds));
  return true;
}

}  // namespace

QueueRow queue_row(const queue::ListedDelivery& listed, bool is_active) {
  const auto& delivery = listed.delivery;
  return {.delivery = delivery.id.to_string(),
          .state = is_active ? "active" : std::string(queue::state_name(delivery)),
          .arrived = listed.arrived,
          .attempts = delivery.attempts,
          .next = delivery.due,
          .domain = delivery.domain,
          .why = why(delivery)};
}

void append_line(std::string& to, const QueueRow& row) {
  append_text(to, row.delivery);
  to.push_back('\t');
  append_text(to, row.state);
  to.push_back('\t');
  append_number(to, row.arrived.time_since_epoch().count());
  to.push_back('\t');
  append_number(to, row.attempts);
  to.push_back('\t');
  append_number(to, row.next.time_since_epoch().count());
  to.push_back('\t');
  append_text(to, row.domain);
  to.push_back('\t');
  append_text(to, row.why);
  to.push_back('\n');
}

std::optional<QueueRow> parse_queue_row(std::string_view line) {
  std::array<std::string_view, field_count> fields;
  for (std::size_t i = 0; i < field_count; ++i) {
    const auto end = line.find('\t');
    const bool is_last = i + 1 == field_count;
    if ((end == std::string_view::npos) != is_last) return std::nullopt;
    fields[i] = line.substr(0, end);
    line.remove_prefix(is_last ? line.size() : end + 1);
  }
  QueueRow row{.delivery = std::string(fields[0]),
               .state = std::string(fields[1]),
               .domain = std::string(fields[5]),
               .why = std::string(fields[6])};
  if (!read_instant(fields[2], row.arrived) || !read_number(fields[3], row.attempts) ||
      !read_instant(fields[4], row.next)) {
    return std::nullopt;
  }
  return row;
}

}  // namespace greyhound::agent
