// RecordWriter and RecordReader: the bytes that records are made of. A record is a version byte,
// fields, and the CRC-32C of all before it. A field is a varint or a length-prefixed text.
// Source:  varints of 7 bits a byte, low bits first, shortest form only; signed ones zigzag;
//          CRC-32C as in RFC 3720 appendix B.4.
// Errors:  reading never fails halfway: after the first wrong byte the reader gives zeros and empty
//          texts, and has_failed() stays true.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/clock.hpp"
#include "runtime/result.hpp"

namespace greyhound::queue {

class RecordWriter {
 public:
  explicit RecordWriter(std::uint8_t version) { bytes_.push_back(static_cast<char>(version)); }

  void number(std::uint64_t value);
  void signed_number(std::int64_t value);
  void text(std::string_view value);
  void flag(bool value) { number(value ? 1 : 0); }
  void duration(Duration value) { signed_number(value.count()); }
  void instant(Instant value) { duration(value.time_since_epoch()); }
  void optional_instant(const std::optional<Instant>& value);
  void optional_duration(const std::optional<Duration>& value);
  template <class Enumerator>
  void enumerator(Enumerator value) {
    number(static_cast<std::uint64_t>(value));
  }

  std::string finish() &&;

 private:
  std::string bytes_;
};

class RecordReader {
 public:
  // Checks the checksum and that the version is one of 1 to `newest`.
  static Result<RecordReader> open(std::string_view record, std::uint8_t newest);

  std::uint8_t version() const { return version_; }
  bool has_failed() const { return has_failed_; }
  bool is_at_end() const { return rest_.empty(); }
  void fail() { has_failed_ = true; }

  std::uint64_t number(std::uint64_t most = UINT64_MAX);
  std::int64_t signed_number();
  std::string text();
  bool flag() { return number(1) == 1; }
  Duration duration() { return Duration(signed_number()); }
  Instant instant() { return Instant(duration()); }
  std::optional<Instant> optional_instant();
  std::optional<Duration> optional_duration();

  // How many items follow; never more than the rest of the record could hold.
  std::size_t count(std::size_t least_item_bytes);

  // A number from `first` to `last`, which stand for themselves on disk.
  template <class Enumerator>
  Enumerator enumerator(Enumerator first, Enumerator last) {
    const auto value = number(static_cast<std::uint64_t>(last));
    if (value < static_cast<std::uint64_t>(first)) fail();
    return has_failed_ ? first : static_cast<Enumerator>(value);
  }

  template <class Number>
  Number number_of() {
    return static_cast<Number>(number(std::numeric_limits<Number>::max()));
  }

 private:
  RecordReader(std::uint8_t version, std::string_view fields) : version_(version), rest_(fields) {}
  std::uint8_t version_;
  std::string_view rest_;
  bool has_failed_ = false;
};

}  // namespace greyhound::queue
