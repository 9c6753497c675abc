#include "smtp_client/dns/txt_rdata.hpp"

namespace greyhound::smtp {

std::optional<std::string> decode_txt(std::span<const std::uint8_t> rdata) {
  if (rdata.empty() || rdata.size() > max_txt_bytes) return std::nullopt;
  std::string text;
  while (!rdata.empty()) {
    const std::size_t length = rdata.front();
    rdata = rdata.subspan(1);
    if (length > rdata.size()) return std::nullopt;
    text.append(rdata.begin(), rdata.begin() + static_cast<std::ptrdiff_t>(length));
    rdata = rdata.subspan(length);
  }
  return text;
}

}  // namespace greyhound::smtp
