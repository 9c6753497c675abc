#include "smtp_client/dns/mx_rdata.hpp"

#include <algorithm>
#include <string>

#include "mail/address.hpp"

namespace greyhound::smtp {
namespace {

constexpr std::size_t max_label_bytes = 63;
constexpr std::size_t max_name_bytes = 255;  // with the length octets and the root

// A dot or a control character inside a label would read as something else once it is text.
bool is_plain(std::span<const std::uint8_t> label) {
  return std::all_of(
      label.begin(), label.end(), [](std::uint8_t c) { return c > ' ' && c <= '~' && c != '.'; });
}

std::optional<std::string> decode_name(std::span<const std::uint8_t> wire) {
  if (wire.size() > max_name_bytes) return std::nullopt;
  std::string name;
  while (!wire.empty()) {
    const std::size_t length = wire.front();
    wire = wire.subspan(1);
    if (length == 0) return wire.empty() ? std::optional(name) : std::nullopt;
    if (length > max_label_bytes || length > wire.size()) return std::nullopt;
    const auto label = wire.first(length);
    if (!is_plain(label)) return std::nullopt;
    if (!name.empty()) name += '.';
    name.append(label.begin(), label.end());
    wire = wire.subspan(length);
  }
  return std::nullopt;  // no root label
}

}  // namespace

std::optional<MxRecord> decode_mx(std::span<const std::uint8_t> rdata) {
  if (rdata.size() < 3) return std::nullopt;
  const auto name = decode_name(rdata.subspan(2));
  if (!name) return std::nullopt;
  const auto preference = static_cast<std::uint16_t>(rdata[0] << 8 | rdata[1]);
  return MxRecord{preference, mail::lower_case(*name)};
}

}  // namespace greyhound::smtp
