#include "mail/idn.hpp"

#include <algorithm>
#include <memory>

#include <idn2.h>

#include "mail/address.hpp"

namespace greyhound::mail {
namespace {

// The library would take other ASCII into a label, or drop it under its STD3 rules.
bool may_stand_in_domain(char c) {
  const bool is_eight_bit = (static_cast<unsigned char>(c) & 0x80U) != 0;
  const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  return is_eight_bit || is_letter || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

}  // namespace

std::optional<std::string> to_a_labels(std::string_view domain) {
  if (!std::all_of(domain.begin(), domain.end(), may_stand_in_domain)) return std::nullopt;
  const std::string u_labels(domain);
  char* made = nullptr;
  const int status = idn2_to_ascii_8z(u_labels.c_str(), &made, IDN2_NONTRANSITIONAL);
  const std::unique_ptr<char, void (*)(void*)> owned(made, &idn2_free);
  if (status != IDN2_OK || !made) return std::nullopt;
  auto a_labels = lower_case(made);
  if (!is_host_name(a_labels)) return std::nullopt;
  return a_labels;
}

}  // namespace greyhound::mail
