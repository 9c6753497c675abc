#include "queue/record_bytes.hpp"

#include "queue/checksum.hpp"
#include "queue/keys.hpp"

namespace greyhound::queue {
namespace {

constexpr std::size_t checksum_length = 4;

}  // namespace

void RecordWriter::number(std::uint64_t value) {
  while (value >= 0x80) {
    bytes_.push_back(static_cast<char>((value & 0x7f) | 0x80));
    value >>= 7;
  }
  bytes_.push_back(static_cast<char>(value));
}

void RecordWriter::signed_number(std::int64_t value) {
  const auto sign = value < 0 ? UINT64_MAX : 0;
  number((static_cast<std::uint64_t>(value) << 1) ^ sign);
}

void RecordWriter::text(std::string_view value) {
  number(value.size());
  bytes_ += value;
}

void RecordWriter::optional_instant(const std::optional<Instant>& value) {
  flag(value.has_value());
  if (value) instant(*value);
}

void RecordWriter::optional_duration(const std::optional<Duration>& value) {
  flag(value.has_value());
  if (value) duration(*value);
}

std::string RecordWriter::finish() && {
  append_be32(bytes_, crc32c(bytes_));
  return std::move(bytes_);
}

Result<RecordReader> RecordReader::open(std::string_view record, std::uint8_t newest) {
  if (record.size() < 1 + checksum_length) return Error{Fault::corrupt, "record is too short"};
  const auto content = record.substr(0, record.size() - checksum_length);
  if (read_be32(record.substr(content.size())) != crc32c(content)) {
    return Error{Fault::corrupt, "record fails its checksum"};
  }
  const auto version = static_cast<std::uint8_t>(content.front());
  if (version < 1 || version > newest) {
    return Error{Fault::corrupt,
                 "record has version " + std::to_string(version) + ", known are 1 to " +
                     std::to_string(newest)};
  }
  return RecordReader(version, content.substr(1));
}

std::uint64_t RecordReader::number(std::uint64_t most) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; !has_failed_ && shift < 64; shift += 7) {
    if (rest_.empty()) break;
    const auto byte = static_cast<std::uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    const auto bits = std::uint64_t{byte} & 0x7f;
    if (shift == 63 && bits > 1) break;
    value |= bits << shift;
    if ((byte & 0x80) != 0) continue;
    if ((byte == 0 && shift > 0) || value > most) break;
    return value;
  }
  fail();
  return 0;
}

std::int64_t RecordReader::signed_number() {
  const auto value = number();
  const auto sign = (value & 1) != 0 ? UINT64_MAX : 0;
  return static_cast<std::int64_t>((value >> 1) ^ sign);
}

std::string RecordReader::text() {
  const auto length = number(rest_.size());
  if (has_failed_ || length > rest_.size()) {
    fail();
    return {};
  }
  std::string value(rest_.substr(0, length));
  rest_.remove_prefix(length);
  return value;
}

std::optional<Instant> RecordReader::optional_instant() {
  if (!flag()) return std::nullopt;
  return instant();
}

std::optional<Duration> RecordReader::optional_duration() {
  if (!flag()) return std::nullopt;
  return duration();
}

std::size_t RecordReader::count(std::size_t least_item_bytes) {
  const auto items = number(rest_.size() / least_item_bytes);
  return has_failed_ ? 0 : static_cast<std::size_t>(items);
}

}  // namespace greyhound::queue
