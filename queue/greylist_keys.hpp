// What a greylister may know mail by. Each kind of key names more of the mail than the one before
// it; which of them a receiver uses is for queue/keying to find out.
// Source: the triplet of greylisting and its shortened forms (RFC 6647 section 4).
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace greyhound::queue {

enum class KeyKind : std::uint8_t {  // persisted: never renumber
  source = 0,                        // the address we call from
  sender = 1,                        // with the domain of the reverse path
  triplet = 2,                       // with the whole reverse path and the recipients
};
constexpr std::array all_key_kinds{KeyKind::source, KeyKind::sender, KeyKind::triplet};

std::string_view to_string(KeyKind kind);  // source, sender, triplet

// Hashes that stay the same for ever; they are on disk. Two keys with one hash do no harm: mail
// would knock once too often.
class GreylistKeys {
 public:
  std::uint64_t operator[](KeyKind kind) const {
    return hashes_.at(static_cast<std::size_t>(kind));
  }
  std::uint64_t& operator[](KeyKind kind) { return hashes_.at(static_cast<std::size_t>(kind)); }
  friend bool operator==(const GreylistKeys&, const GreylistKeys&) = default;

 private:
  std::array<std::uint64_t, all_key_kinds.size()> hashes_ = {};
};

}  // namespace greyhound::queue
