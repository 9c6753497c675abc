// Records as past versions wrote them: tests/golden/queue, as hex digits.
#pragma once

#include <fstream>
#include <string>
#include <string_view>

namespace greyhound::queue {

inline std::string to_hex(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string hex;
  for (const char byte : bytes) {
    hex += digits[static_cast<std::uint8_t>(byte) >> 4];
    hex += digits[static_cast<std::uint8_t>(byte) & 15];
  }
  return hex;
}

// The hex digits of a golden file; white space between them is for the reader.
inline std::string golden_hex(const std::string& name) {
  std::ifstream file(std::string(GREYHOUND_SOURCE_DIR) + "/tests/golden/queue/" + name);
  std::string hex;
  for (std::string word; file >> word;)
    hex += word;
  return hex;
}

inline std::string golden(const std::string& name) {
  const auto hex = golden_hex(name);
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes.push_back(static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  }
  return bytes;
}

}  // namespace greyhound::queue
