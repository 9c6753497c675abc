#include "smtp_client/sts/sts_record.hpp"

#include <algorithm>
#include <string_view>

#include "smtp_client/sts/sts_syntax.hpp"

namespace greyhound::smtp {
namespace {

constexpr std::string_view version = "v=STSv1";
constexpr std::size_t max_id = 32;

bool is_sts_record(std::string_view text) {
  return text.starts_with(version) && trim_blanks(text.substr(version.size())).starts_with(';');
}

bool is_id(std::string_view value) {
  return !value.empty() && value.size() <= max_id &&
         std::all_of(value.begin(), value.end(), is_letter_or_digit);
}

bool is_extension_value(std::string_view value) {
  const auto fits = [](char c) { return c > ' ' && c <= '~' && c != '=' && c != ';'; };
  return !value.empty() && std::all_of(value.begin(), value.end(), fits);
}

// `fields`: what follows the version, beginning with its semicolon.
std::optional<std::string> id_among(std::string_view fields) {
  std::optional<std::string> id;
  while (!fields.empty()) {
    fields.remove_prefix(1);
    const auto field = trim_blanks(fields.substr(0, fields.find(';')));
    fields.remove_prefix(std::min(fields.find(';'), fields.size()));
    if (field.empty() && fields.empty()) break;  // a semicolon at the end
    const auto equals = field.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    const auto name = field.substr(0, equals);
    const auto value = field.substr(equals + 1);
    if (name != "id") {
      if (!is_sts_field_name(name) || !is_extension_value(value)) return std::nullopt;
      continue;
    }
    if (id || !is_id(value)) return std::nullopt;
    id = value;
  }
  return id;
}

}  // namespace

std::optional<std::string> sts_id(const std::vector<std::string>& texts) {
  if (std::count_if(texts.begin(), texts.end(), is_sts_record) != 1) return std::nullopt;
  const auto& record = *std::find_if(texts.begin(), texts.end(), is_sts_record);
  return id_among(trim_blanks(std::string_view(record).substr(version.size())));
}

}  // namespace greyhound::smtp
