// CRC-32C (RFC 3720, appendix B.4) by the processor's instruction for it.
// RocksDB uses it as well: as Debian builds it, it computes its checksums without. checksum.cpp
// defines the library's own function once more, and the dynamic linker gives that to the library
// too (docs/adr/023-one-checksum.md).
// Runs on: any thread.
#pragma once

#include <cstdint>
#include <string_view>

namespace greyhound::queue {

// Of what `before` is the checksum of, followed by `bytes`.
std::uint32_t crc32c(std::string_view bytes, std::uint32_t before = 0);

// The same on processors that have no such instruction.
std::uint32_t crc32c_by_table(std::string_view bytes, std::uint32_t before = 0);

}  // namespace greyhound::queue
