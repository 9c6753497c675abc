#include "smtp_client/dns/ourselves.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <optional>
#include <utility>

#include <ifaddrs.h>
#include <netinet/in.h>

#include "mail/address.hpp"

namespace greyhound::smtp {
namespace {

std::optional<IpAddress> to_address(const sockaddr* socket_address) {
  if (socket_address == nullptr) return std::nullopt;
  if (socket_address->sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, socket_address, sizeof v4);
    std::array<std::uint8_t, 4> bytes{};
    std::memcpy(bytes.data(), &v4.sin_addr, bytes.size());
    return IpAddress::from_v4_bytes(bytes);
  }
  if (socket_address->sa_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, socket_address, sizeof v6);
    std::array<std::uint8_t, 16> bytes{};
    std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
    return IpAddress::from_v6_bytes(bytes);
  }
  return std::nullopt;
}

bool is_wildcard(const IpAddress& address) {
  const auto& bytes = address.bytes();
  return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte == 0; });
}

bool is_loopback(const IpAddress& address) {
  if (address.is_v4()) return address.bytes()[0] == 127;
  return address == IpAddress::parse("::1");
}

}  // namespace

std::vector<IpAddress> addresses_of_this_machine() {
  ifaddrs* first = nullptr;
  if (getifaddrs(&first) != 0) return {};
  const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> all(first, &freeifaddrs);
  std::vector<IpAddress> addresses;
  for (const auto* entry = first; entry != nullptr; entry = entry->ifa_next) {
    if (const auto address = to_address(entry->ifa_addr)) addresses.push_back(*address);
  }
  return addresses;
}

Ourselves::Ourselves(std::string_view hostname,
                     std::vector<Endpoint> listeners,
                     Addresses machine_addresses)
    : hostname_(mail::lower_case(hostname)),
      listeners_(std::move(listeners)),
      machine_addresses_(std::move(machine_addresses)) {}

bool Ourselves::has_name(std::string_view host) const {
  return mail::lower_case(host) == hostname_;
}

bool Ourselves::listens_at(const Endpoint& endpoint) const {
  return std::any_of(listeners_.begin(), listeners_.end(), [&](const Endpoint& listener) {
    if (listener.port != endpoint.port) return false;
    if (listener.address == endpoint.address) return true;
    // "::" takes calls of both families, "0.0.0.0" of its own only.
    const bool covers = !listener.address.is_v4() || endpoint.address.is_v4();
    return is_wildcard(listener.address) && covers && is_local(endpoint.address);
  });
}

bool Ourselves::is_local(const IpAddress& address) const {
  if (is_loopback(address)) return true;
  const auto local = machine_addresses_();
  return std::find(local.begin(), local.end(), address) != local.end();
}

}  // namespace greyhound::smtp
