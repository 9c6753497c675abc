#include "runtime/ip.hpp"

#include <algorithm>
#include <charconv>

#include <arpa/inet.h>

namespace greyhound::runtime {
namespace {

constexpr std::array<std::uint8_t, 12> v4_mapped_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

template <class Number>
std::optional<Number> whole_number(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

IpAddress IpAddress::from_v4_bytes(const std::array<std::uint8_t, 4>& bytes) {
  IpAddress address;
  std::copy(bytes.begin(), bytes.end(), address.bytes_.begin());
  return address;
}

IpAddress IpAddress::from_v6_bytes(const std::array<std::uint8_t, 16>& bytes) {
  if (std::equal(v4_mapped_prefix.begin(), v4_mapped_prefix.end(), bytes.begin())) {
    return from_v4_bytes({bytes[12], bytes[13], bytes[14], bytes[15]});
  }
  IpAddress address;
  address.is_v4_ = false;
  address.bytes_ = bytes;
  return address;
}

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  const std::string terminated(text);
  std::array<std::uint8_t, 4> v4{};
  if (inet_pton(AF_INET, terminated.c_str(), v4.data()) == 1) return from_v4_bytes(v4);
  std::array<std::uint8_t, 16> v6{};
  if (inet_pton(AF_INET6, terminated.c_str(), v6.data()) == 1) return from_v6_bytes(v6);
  return std::nullopt;
}

std::string IpAddress::to_string() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(is_v4_ ? AF_INET : AF_INET6, bytes_.data(), text.data(), text.size());
  return text.data();
}

std::string Endpoint::to_string() const {
  const auto port_text = ":" + std::to_string(port);
  return address.is_v4() ? address.to_string() + port_text
                         : "[" + address.to_string() + "]" + port_text;
}

std::optional<Endpoint> Endpoint::parse(std::string_view text, std::uint16_t default_port) {
  if (const auto bare = IpAddress::parse(text)) return Endpoint{*bare, default_port};
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) {
    if (text.size() < 2 || text.front() != '[' || text.back() != ']') return std::nullopt;
    const auto inner = IpAddress::parse(text.substr(1, text.size() - 2));
    return inner ? std::optional(Endpoint{*inner, default_port}) : std::nullopt;
  }
  auto host = text.substr(0, colon);
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  const auto address = IpAddress::parse(host);
  const auto port = whole_number<std::uint16_t>(text.substr(colon + 1));
  if (!address || !port || *port == 0) return std::nullopt;
  return Endpoint{*address, *port};
}

std::optional<IpNetwork> IpNetwork::parse(std::string_view text) {
  const auto slash = text.find('/');
  const auto base = IpAddress::parse(text.substr(0, slash));
  if (!base) return std::nullopt;
  const unsigned width = base->is_v4() ? 32 : 128;
  if (slash == std::string_view::npos) return IpNetwork(*base, width);
  const auto bits = whole_number<unsigned>(text.substr(slash + 1));
  if (!bits || *bits > width) return std::nullopt;
  return IpNetwork(*base, *bits);
}

bool are_neighbours(const IpAddress& one, const IpAddress& other) {
  const auto network = IpNetwork::parse(one.to_string() + (one.is_v4() ? "/24" : "/64"));
  return network && network->contains(other);
}

bool IpNetwork::contains(const IpAddress& address) const {
  if (address.is_v4() != base_.is_v4()) return false;
  const auto whole = prefix_bits_ / 8;
  const auto& ours = base_.bytes();
  const auto& theirs = address.bytes();
  if (!std::equal(ours.begin(), ours.begin() + whole, theirs.begin())) return false;
  const auto rest = prefix_bits_ % 8;
  if (rest == 0) return true;
  const auto mask = static_cast<std::uint8_t>(0xff << (8 - rest));
  return (ours[whole] & mask) == (theirs[whole] & mask);
}

std::string IpNetwork::to_string() const {
  return base_.to_string() + "/" + std::to_string(prefix_bits_);
}

}  // namespace greyhound::runtime
