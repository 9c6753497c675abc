// IP addresses, endpoints and networks as plain values, so that records and decisions need no
// socket library. A v4-mapped v6 address is the v4 address it stands for.
// Errors: parse() gives nullopt; an object is always well formed.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace greyhound::runtime {

class IpAddress {
 public:
  static std::optional<IpAddress> parse(std::string_view text);
  static IpAddress from_v4_bytes(const std::array<std::uint8_t, 4>& bytes);
  static IpAddress from_v6_bytes(const std::array<std::uint8_t, 16>& bytes);

  bool is_v4() const { return is_v4_; }
  const std::array<std::uint8_t, 16>& bytes() const { return bytes_; }  // v4: the first four
  std::string to_string() const;

  friend auto operator<=>(const IpAddress&, const IpAddress&) = default;

 private:
  IpAddress() = default;
  bool is_v4_ = true;
  std::array<std::uint8_t, 16> bytes_{};
};

struct Endpoint {
  IpAddress address;
  std::uint16_t port;
  std::string to_string() const;  // "192.0.2.1:25", "[2001:db8::1]:25"
  static std::optional<Endpoint> parse(std::string_view text, std::uint16_t default_port);
  friend auto operator<=>(const Endpoint&, const Endpoint&) = default;
};

// Both in one /24, or one /64: what many receivers take for the same sender.
bool are_neighbours(const IpAddress& one, const IpAddress& other);

// "10.0.0.0/8", "::1/128"; an address alone is a network of one.
class IpNetwork {
 public:
  static std::optional<IpNetwork> parse(std::string_view text);
  bool contains(const IpAddress& address) const;
  std::string to_string() const;
  friend bool operator==(const IpNetwork&, const IpNetwork&) = default;

 private:
  IpNetwork(IpAddress base, unsigned prefix_bits) : base_(base), prefix_bits_(prefix_bits) {}
  IpAddress base_;
  unsigned prefix_bits_;
};

}  // namespace greyhound::runtime

namespace greyhound {
using runtime::are_neighbours;
using runtime::Endpoint;
using runtime::IpAddress;
using runtime::IpNetwork;
}  // namespace greyhound
