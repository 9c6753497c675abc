#include "queue/log_reader.hpp"

#include <algorithm>
#include <cstring>

namespace greyhound::queue {

using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

IOStatus map_log(rocksdb::FSRandomAccessFile& file, std::optional<LogMap>& map) {
  IOStatus status;
  const auto read = [&file, &status](std::uint64_t place,
                                     std::size_t bytes) -> Result<std::string> {
    std::string into(bytes, '\0');
    Slice result;
    status = file.Read(place, bytes, IOOptions(), &result, into.data(), nullptr);
    if (!status.ok()) return Error{Fault::disk, status.ToString()};
    return result.ToString();
  };
  auto mapped = map_log(read);
  if (mapped) map = std::move(*mapped);
  return status;
}

IOStatus LogReader::Read(std::size_t bytes,
                         const IOOptions& options,
                         Slice* result,
                         char* scratch,
                         IODebugContext* debug) {
  bytes = std::min<std::uint64_t>(bytes, map_.bytes - at_);
  std::size_t done = 0;
  while (done < bytes) {
    const auto at = at_ + done;
    while (piece_ < map_.pieces.size() && map_.pieces[piece_].at + map_.pieces[piece_].bytes <= at)
      ++piece_;
    const auto start = piece_ < map_.pieces.size() ? map_.pieces[piece_].at : map_.bytes;
    if (start > at) {
      if (!skips_damage_) return IOStatus::Corruption("a part of the log that was synced is gone");
      const auto missing = std::min<std::uint64_t>(start - at, bytes - done);
      std::memset(scratch + done, 0, missing);
      done += missing;
      continue;
    }
    const auto& piece = map_.pieces[piece_];
    const auto wanted = std::min<std::uint64_t>(piece.at + piece.bytes - at, bytes - done);
    Slice read;
    auto status =
        file_->Read(piece.place + (at - piece.at), wanted, options, &read, scratch + done, debug);
    if (!status.ok()) return status;
    if (read.size() != wanted) return IOStatus::Corruption("the log ends before what was synced");
    if (read.data() != scratch + done) std::memcpy(scratch + done, read.data(), read.size());
    done += wanted;
  }
  at_ += done;
  *result = Slice(scratch, done);
  return IOStatus::OK();
}

IOStatus LogReader::Skip(std::uint64_t bytes) {
  at_ += std::min(bytes, map_.bytes - at_);
  return IOStatus::OK();
}

}  // namespace greyhound::queue
