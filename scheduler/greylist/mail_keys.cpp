#include "scheduler/greylist/mail_keys.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

namespace greyhound::scheduler {
namespace {

// FNV-1a of 64 bits, of a list of texts without their letter case.
class KeyHash {
 public:
  KeyHash& add(std::string_view text) {
    for (const char letter : text)
      mix(letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter);
    mix('\0');
    return *this;
  }
  std::uint64_t value() const { return value_; }

 private:
  void mix(char byte) {
    value_ ^= static_cast<unsigned char>(byte);
    value_ *= 0x100000001b3;
  }
  std::uint64_t value_ = 0xcbf29ce484222325;
};

}  // namespace

queue::GreylistKeys keys_of(const IpAddress& source,
                            const mail::ReversePath& sender,
                            const queue::Delivery& delivery,
                            const std::vector<std::size_t>& recipients) {
  std::vector<std::string_view> addresses;
  addresses.reserve(recipients.size());
  for (const auto index : recipients)
    addresses.emplace_back(delivery.recipients[index].recipient.address.text());
  std::sort(addresses.begin(), addresses.end());

  queue::GreylistKeys keys;
  KeyHash hash;
  keys[queue::KeyKind::source] = hash.add(source.to_string()).value();
  keys[queue::KeyKind::sender] = hash.add(sender ? sender->domain() : std::string_view()).value();
  hash.add(sender ? sender->text() : std::string_view());
  for (const auto address : addresses)
    hash.add(address);
  keys[queue::KeyKind::triplet] = hash.value();
  return keys;
}

}  // namespace greyhound::scheduler
