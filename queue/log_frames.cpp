#include "queue/log_frames.hpp"

#include <algorithm>
#include <cstring>

#include "queue/checksum.hpp"

namespace greyhound::queue {
namespace {

// A sector is written whole or not at all, so no frame shares one with another.
constexpr std::uint64_t sector = 512;

// Where RocksDB's own logs have the length of a record and its type: one byte of a type that there
// is not. Whoever takes this for such a log finds a wrong checksum and refuses it.
constexpr std::string_view mark{"\x01\x00\xff\x01", 4};

struct Header {
  LogFrame frame;
  std::uint32_t bytes = 0;
  std::uint32_t checksum = 0;  // of the piece
};
constexpr std::size_t header_bytes = 4 + 4 + 3 * 8 + 4 + 4;

template <class Number>
void put_number(std::string& out, Number number) {
  for (std::size_t i = 0; i < sizeof(Number); ++i)
    out.push_back(static_cast<char>(number >> (8 * i) & 0xffU));
}

template <class Number>
Number take_number(std::string_view& bytes) {
  Number number = 0;
  for (std::size_t i = 0; i < sizeof(Number); ++i)
    number |= static_cast<Number>(static_cast<unsigned char>(bytes[i])) << (8 * i);
  bytes.remove_prefix(sizeof(Number));
  return number;
}

std::optional<Header> read_header(std::string_view bytes) {
  if (bytes.size() < header_bytes || bytes.substr(4, mark.size()) != mark) return std::nullopt;
  bytes = bytes.substr(0, header_bytes);
  const auto checksum = take_number<std::uint32_t>(bytes);
  if (checksum != crc32c(bytes)) return std::nullopt;
  bytes.remove_prefix(mark.size());
  Header header;
  header.frame.generation = take_number<std::uint64_t>(bytes);
  header.frame.at = take_number<std::uint64_t>(bytes);
  header.frame.synced = take_number<std::uint64_t>(bytes);
  header.bytes = take_number<std::uint32_t>(bytes);
  header.checksum = take_number<std::uint32_t>(bytes);
  return header;
}

struct Found {
  std::uint64_t place;
  Header header;
};

// Walks from frame to frame of the log, past everything else.
class FrameSearch {
 public:
  explicit FrameSearch(const ReadAt& read) : read_(read) {}

  std::optional<Found> first() {
    auto found = at(0);
    if (!found || found->header.frame.at != 0) return std::nullopt;
    generation_ = found->header.frame.generation;
    return found;
  }

  // At `place` or at a sector behind it. None: there is no more, or reading failed.
  std::optional<Found> next(std::uint64_t place, std::uint64_t log_bytes) {
    for (;; place += sector) {
      auto found = at(place);
      if (!found && is_at_end(place)) return std::nullopt;
      if (!found) continue;
      const auto& frame = found->header.frame;
      if (frame.generation == generation_ && frame.at >= log_bytes) return found;
    }
  }

  const Result<>& status() const { return status_; }

 private:
  // Frames follow each other closely, or the rest of the file is searched for one.
  std::optional<Found> at(std::uint64_t place) {
    constexpr std::size_t window_bytes = 64UL * 1024;
    if (place < window_at_ || place + header_bytes > window_at_ + window_.size()) {
      window_at_ = place;
      window_.clear();
      auto bytes = read_(place, window_bytes);
      if (bytes) {
        window_ = std::move(*bytes);
      } else {
        status_ = bytes.error();
      }
    }
    const auto header = read_header(std::string_view(window_).substr(place - window_at_));
    if (!header) return std::nullopt;
    return Found{place, *header};
  }

  bool is_at_end(std::uint64_t place) const {
    return window_.size() < place - window_at_ + header_bytes;
  }

  const ReadAt& read_;
  Result<> status_;
  std::string window_;
  std::uint64_t window_at_ = 0;
  std::uint64_t generation_ = 0;
};

Result<bool> is_whole(const ReadAt& read, const LogPiece& piece, std::uint32_t checksum) {
  const auto bytes = read(piece.place, piece.bytes);
  if (!bytes) return bytes.error();
  return bytes->size() == piece.bytes && crc32c(*bytes) == checksum;
}

// Whether what was synced is intact says RocksDB, from the checksums of its own.
Result<> cut_torn_tail(const ReadAt& read,
                       const std::vector<Found>& found,
                       std::uint64_t synced,
                       LogMap& map) {
  map.bytes = synced;
  for (std::size_t i = 0; i < map.pieces.size(); ++i) {
    const auto& piece = map.pieces[i];
    const auto end = piece.at + piece.bytes;
    if (end <= synced) continue;
    const auto whole = is_whole(read, piece, found[i].header.checksum);
    if (!whole) return whole.error();
    if (!*whole || piece.at > map.bytes) {
      map.pieces.resize(i);
      break;
    }
    map.bytes = end;
  }
  return {};
}

}  // namespace

std::uint64_t framed_bytes(std::uint64_t piece) {
  return (header_bytes + piece + sector - 1) / sector * sector;
}

void put_frame(std::string& out, const LogFrame& frame, std::string_view piece) {
  std::string header;
  header += mark;
  put_number(header, frame.generation);
  put_number(header, frame.at);
  put_number(header, frame.synced);
  put_number(header, static_cast<std::uint32_t>(piece.size()));
  put_number(header, crc32c(piece));
  const auto end = out.size() + framed_bytes(piece.size());
  put_number(out, crc32c(header));
  out += header;
  out += piece;
  out.resize(end);
}

Result<std::optional<LogMap>> map_log(const ReadAt& read) {
  FrameSearch search(read);
  LogMap map;
  std::vector<Found> found;
  std::uint64_t synced = 0;
  for (auto next = search.first(); next;) {
    const auto& [place, header] = found.emplace_back(*next);
    map.pieces.push_back({header.frame.at, header.bytes, place + header_bytes});
    synced = std::max(synced, header.frame.synced);
    next = search.next(place + framed_bytes(header.bytes), header.frame.at + header.bytes);
  }
  if (!search.status()) return search.status().error();
  if (found.empty()) return std::optional<LogMap>();
  if (auto cut = cut_torn_tail(read, found, synced, map); !cut) return cut.error();
  return std::optional(std::move(map));
}

}  // namespace greyhound::queue
