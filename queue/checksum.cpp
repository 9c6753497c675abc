#include "queue/checksum.hpp"

#include <algorithm>
#include <climits>
#include <cstddef>

#include <isa-l/crc.h>

namespace greyhound::queue {

std::uint32_t crc32c(std::string_view bytes, std::uint32_t before) {
  auto crc = ~before;
  while (!bytes.empty()) {
    const auto length = std::min<std::size_t>(bytes.size(), INT_MAX);
    // NOLINTNEXTLINE(*-const-cast, *-reinterpret-cast): C's way to say bytes that it only reads
    auto* const start = reinterpret_cast<unsigned char*>(const_cast<char*>(bytes.data()));
    crc = crc32_iscsi(start, static_cast<int>(length), crc);
    bytes.remove_prefix(length);
  }
  return ~crc;
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
