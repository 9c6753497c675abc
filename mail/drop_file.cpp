#include "mail/drop_file.hpp"

#include <charconv>

#include "mail/address.hpp"

namespace greyhound::mail {
namespace {

constexpr std::string_view verb = "bdat ";
constexpr std::string_view last = " last\r\n";

}  // namespace

std::string drop_content_command(std::uint64_t size_bytes) {
  return "BDAT " + std::to_string(size_bytes) + " LAST\r\n";
}

std::optional<std::uint64_t> drop_content_size(std::string_view line) {
  const auto lower = lower_case(line);
  std::string_view digits = lower;
  if (!digits.starts_with(verb) || !digits.ends_with(last)) return std::nullopt;
  if (digits.size() < verb.size() + last.size()) return std::nullopt;
  digits.remove_prefix(verb.size());
  digits.remove_suffix(last.size());
  std::uint64_t size = 0;
  const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), size);
  const bool is_whole = failed == std::errc() && end == digits.data() + digits.size();
  return is_whole ? std::optional(size) : std::nullopt;
}

}  // namespace greyhound::mail
