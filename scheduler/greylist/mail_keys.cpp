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
  KeyHash& add(const IpAddress& address) {
    for (const auto byte : address.bytes())
      mix(static_cast<char>(byte));
    mix(address.is_v4() ? '4' : '6');
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
  const auto address_of = [&delivery](std::size_t index) -> const std::string& {
    return delivery.recipients[index].recipient.address.text();
  };
  queue::GreylistKeys keys;
  KeyHash hash;
  keys[queue::KeyKind::source] = hash.add(source).value();
  keys[queue::KeyKind::sender] = hash.add(sender ? sender->domain() : std::string_view()).value();
  hash.add(sender ? sender->text() : std::string_view());
  if (recipients.size() == 1) {
    hash.add(address_of(recipients.front()));
  } else {
    auto in_order = recipients;
    std::sort(in_order.begin(), in_order.end(), [&](std::size_t a, std::size_t b) {
      return address_of(a) < address_of(b);
    });
    for (const auto index : in_order)
      hash.add(address_of(index));
  }
  keys[queue::KeyKind::triplet] = hash.value();
  return keys;
}

}  // namespace greyhound::scheduler
