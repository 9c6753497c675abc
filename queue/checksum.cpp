#include "queue/checksum.hpp"

#include <array>
#include <cstddef>
#include <cstring>
#include <memory>

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace greyhound::queue {
namespace {

using Table = std::array<std::uint32_t, 256>;

constexpr Table make_table() {
  constexpr std::uint32_t polynomial = 0x82f6'3b78;  // of RFC 3720, bits reversed
  Table table{};
  for (std::uint32_t byte = 0; byte < table.size(); ++byte) {
    auto crc = byte;
    for (int bit = 0; bit < 8; ++bit)
      crc = (crc >> 1) ^ ((crc & 1) != 0 ? polynomial : 0);
    table[byte] = crc;
  }
  return table;
}
constexpr Table table = make_table();

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) std::uint32_t by_instruction(std::string_view bytes,
                                                               std::uint32_t before) {
  std::uint64_t crc = ~before;
  for (; bytes.size() >= sizeof(std::uint64_t); bytes.remove_prefix(sizeof(std::uint64_t))) {
    std::uint64_t eight = 0;
    std::memcpy(&eight, bytes.data(), sizeof(eight));
    crc = _mm_crc32_u64(crc, eight);
  }
  auto rest = static_cast<std::uint32_t>(crc);
  for (const char byte : bytes)
    rest = _mm_crc32_u8(rest, static_cast<std::uint8_t>(byte));
  return ~rest;
}

const bool has_instruction = __builtin_cpu_supports("sse4.2") > 0;
#else
std::uint32_t by_instruction(std::string_view bytes, std::uint32_t before) {
  return crc32c_by_table(bytes, before);
}

constexpr bool has_instruction = false;
#endif

}  // namespace

std::uint32_t crc32c_by_table(std::string_view bytes, std::uint32_t before) {
  auto crc = ~before;
  for (const char byte : bytes)
    crc = (crc >> 8) ^ table[(crc ^ static_cast<std::uint8_t>(byte)) & 0xff];
  return ~crc;
}

std::uint32_t crc32c(std::string_view bytes, std::uint32_t before) {
  return has_instruction ? by_instruction(bytes, before) : crc32c_by_table(bytes, before);
}

}  // namespace greyhound::queue

// As rocksdb/util/crc32c.h has it, which Debian does not ship.
namespace rocksdb::crc32c {

// NOLINTBEGIN(readability-identifier-naming)
std::uint32_t Extend(std::uint32_t before, const char* bytes, std::size_t length);
std::uint32_t Extend(std::uint32_t before, const char* bytes, std::size_t length) {
  return greyhound::queue::crc32c({bytes, length}, before);
}
// NOLINTEND(readability-identifier-naming)

}  // namespace rocksdb::crc32c
