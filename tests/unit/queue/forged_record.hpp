// Records around content that no encoder would write.
#pragma once

#include <string>
#include <string_view>

#include <boost/crc.hpp>

namespace greyhound::queue {

// A record with a valid checksum around content that encode() would not write.
inline std::string with_checksum(std::string_view content) {
  boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> crc;
  crc.process_bytes(content.data(), content.size());
  std::string record(content);
  for (int shift = 24; shift >= 0; shift -= 8) {
    record.push_back(static_cast<char>((crc.checksum() >> shift) & 0xff));
  }
  return record;
}

inline std::string content_of(const std::string& record) {
  return record.substr(0, record.size() - 4);
}

}  // namespace greyhound::queue
