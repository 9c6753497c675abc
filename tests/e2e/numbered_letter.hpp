// NumberedLetter: letters that are known again by the number in their header wherever they turn up,
// and that can be written once more to compare what arrived.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "peers/blocking_client.hpp"

namespace greyhound::e2e {

inline constexpr std::string_view open_domain = "open.example";  // takes mail at once
inline constexpr std::string_view grey_domain = "grey.example";  // greylists
inline constexpr std::string_view full_domain = "full.example";  // defers for ever
inline constexpr std::string_view sender_domain = "sender.example";

// Always the same for the same seed and number: one to five recipients at one to three domains,
// each of them a recipient of this letter only; one letter in forty is larger than 64 KiB.
peers::Letter numbered_letter(std::uint64_t seed, std::uint64_t number);

// Of the header of a letter; nullopt: none of ours.
std::optional<std::uint64_t> number_in(std::string_view header);

std::string_view domain_of(std::string_view mailbox);

}  // namespace greyhound::e2e
