#include "config/suggestion.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <span>

#include <fmt/format.h>

#include "mail/address.hpp"
#include "runtime/duration_text.hpp"

namespace greyhound::config {
namespace {

constexpr std::size_t longest_word = 64;
constexpr double largest_amount = 1e12;  // far beyond any limit, and safe to convert

struct Unit {
  std::string_view name;
  double amount;
};

constexpr std::array<Unit, 21> duration_units{
    {{"", 1},         {"s", 1},     {"sec", 1},     {"secs", 1},     {"second", 1},
     {"seconds", 1},  {"m", 60},    {"min", 60},    {"mins", 60},    {"minute", 60},
     {"minutes", 60}, {"h", 3600},  {"hr", 3600},   {"hrs", 3600},   {"hour", 3600},
     {"hours", 3600}, {"d", 86400}, {"day", 86400}, {"days", 86400}, {"w", 604800},
     {"ms", 0.001}}};

constexpr std::array<Unit, 12> size_units{{{"", 1},
                                           {"b", 1},
                                           {"bytes", 1},
                                           {"k", 1 << 10},
                                           {"kb", 1 << 10},
                                           {"kib", 1 << 10},
                                           {"m", 1 << 20},
                                           {"mb", 1 << 20},
                                           {"mib", 1 << 20},
                                           {"g", 1 << 30},
                                           {"gb", 1 << 30},
                                           {"gib", 1 << 30}}};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// The sum of "<number> <unit>" parts; nullopt if anything else is in the text.
std::optional<double> amount_of(std::string_view written, std::span<const Unit> units) {
  std::string text = mail::lower_case(written.substr(0, longest_word));
  std::erase_if(text, [](char c) { return c == ' ' || c == '_'; });
  std::string_view rest = text;
  if (rest.empty()) return std::nullopt;
  double sum = 0;
  while (!rest.empty()) {
    double number = 0;
    const auto [end, error] =
        std::from_chars(rest.data(), rest.data() + rest.size(), number, std::chars_format::fixed);
    if (error != std::errc{} || number < 0) return std::nullopt;
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
    const auto letters = std::find_if(rest.begin(), rest.end(), is_digit) - rest.begin();
    const auto name = rest.substr(0, static_cast<std::size_t>(letters));
    const auto unit =
        std::find_if(units.begin(), units.end(), [name](const Unit& u) { return u.name == name; });
    if (unit == units.end()) return std::nullopt;
    sum += number * unit->amount;
    rest.remove_prefix(name.size());
  }
  if (!(sum < largest_amount)) return std::nullopt;
  return sum;
}

std::optional<std::string> written_number(const JsonNode& node) {
  switch (node.kind) {
    case JsonNode::Kind::integer:
      return std::to_string(node.integer);
    case JsonNode::Kind::number:
    case JsonNode::Kind::string:
      return node.text;
    default:
      return std::nullopt;
  }
}

// Letters put in, left out, changed, or two neighbours swapped.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> cost(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i)
    cost[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j)
    cost[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
      cost[i][j] = std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1, cost[i - 1][j - 1] + change});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
      }
    }
  }
  return cost[a.size()][b.size()];
}

}  // namespace

std::optional<std::string> nearest(std::string_view word,
                                   const std::vector<std::string>& candidates) {
  if (word.empty() || word.size() > longest_word) return std::nullopt;
  auto wanted = mail::lower_case(word);
  std::replace(wanted.begin(), wanted.end(), '-', '_');
  std::optional<std::string> best;
  std::size_t least = 1 + std::max<std::size_t>(1, wanted.size() / 3);
  for (const auto& candidate : candidates) {
    const auto known = mail::lower_case(candidate);
    const bool is_part = known.size() > 1 && wanted.find(known) != std::string::npos;
    const auto steps = is_part ? 1 : distance(wanted, known);
    if (steps >= least) continue;
    least = steps;
    best = candidate;
  }
  return best;
}

std::optional<std::string> duration_meant(const JsonNode& node) {
  const auto written = written_number(node);
  const auto amount = written ? amount_of(*written, duration_units) : std::nullopt;
  if (!amount || *amount <= 0) return std::nullopt;
  const auto seconds = static_cast<std::int64_t>(std::ceil(*amount));
  return to_text(Duration(std::chrono::seconds(seconds)));
}

std::optional<std::string> size_meant(const JsonNode& node) {
  const auto written = written_number(node);
  const auto amount = written ? amount_of(*written, size_units) : std::nullopt;
  if (!amount || *amount < 1) return std::nullopt;
  return to_size_text(static_cast<std::uint64_t>(*amount));
}

std::optional<std::string> percent_meant(const JsonNode& node) {
  constexpr std::array<Unit, 3> units{{{"", 1}, {"%", 1}, {"percent", 1}}};
  const auto written = written_number(node);
  auto amount = written ? amount_of(*written, units) : std::nullopt;
  if (!amount) return std::nullopt;
  if (node.is(JsonNode::Kind::number) && *amount < 1) *amount *= 100;
  return fmt::format("{:.3g}%", std::clamp(*amount, 0.0, 50.0));
}

}  // namespace greyhound::config
