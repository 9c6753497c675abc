#include "smtp_client/sts/sts_file.hpp"

#include <array>
#include <charconv>
#include <chrono>

#include <boost/crc.hpp>

#include "mail/address.hpp"

namespace greyhound::smtp {
namespace {

constexpr std::string_view make = "greyhound mta-sts 1 ";  // the number is that of the format

std::string checksum(std::string_view bytes) {
  boost::crc_32_type sum;
  sum.process_bytes(bytes.data(), bytes.size());
  std::array<char, 8> digits{};
  const auto [end, error] =
      std::to_chars(digits.data(), digits.data() + digits.size(), sum.checksum(), 16);
  return {digits.data(), end};
}

// The rest of the first line, if it begins with `name`; the line is taken off.
std::optional<std::string_view> take_line(std::string_view& bytes, std::string_view name) {
  const auto end = bytes.find('\n');
  if (end == std::string_view::npos || !bytes.starts_with(name)) return std::nullopt;
  const auto value = bytes.substr(name.size(), end - name.size());
  bytes.remove_prefix(end + 1);
  return value;
}

std::optional<Instant> to_instant(std::string_view seconds) {
  constexpr std::int64_t latest = 253'402'300'799;  // the end of the year 9999
  std::int64_t count = 0;
  const auto [stop, error] =
      std::from_chars(seconds.data(), seconds.data() + seconds.size(), count);
  if (error != std::errc{} || stop != seconds.data() + seconds.size() || count < 0 ||
      count > latest)
    return std::nullopt;
  return Instant(std::chrono::seconds(count));
}

}  // namespace

std::string to_file(const StoredStsPolicy& stored) {
  const auto since_1970 = stored.fetched.time_since_epoch();
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(since_1970).count();
  const auto rest = "domain " + stored.domain + "\nid " + stored.id + "\nfetched " +
                    std::to_string(seconds) + "\n\n" + to_text(stored.policy);
  return std::string(make) + checksum(rest) + "\n" + rest;
}

std::optional<StoredStsPolicy> from_file(std::string_view bytes) {
  const auto sum = take_line(bytes, make);
  if (!sum || *sum != checksum(bytes)) return std::nullopt;
  const auto domain = take_line(bytes, "domain ");
  const auto id = take_line(bytes, "id ");
  const auto seconds = take_line(bytes, "fetched ");
  if (!domain || !mail::is_host_name(*domain) || !id || !seconds) return std::nullopt;
  const auto fetched = to_instant(*seconds);
  if (!fetched || !take_line(bytes, "")) return std::nullopt;
  auto policy = parse_sts_policy(bytes);
  if (!policy) return std::nullopt;
  return StoredStsPolicy{.domain = std::string(*domain),
                         .id = std::string(*id),
                         .fetched = *fetched,
                         .policy = std::move(*policy)};
}

}  // namespace greyhound::smtp
