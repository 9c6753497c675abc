// DotMarks: the deliveries whose final dot may be on its way, in a file that is mapped into memory.
// To set one costs neither a system call nor another thread; a crash of the process keeps it, one
// of the machine may not. The next start writes what it finds here into the records.
// Source:  RFC 1047 (what a cut after the final dot leaves open).
// Owner:   RocksStore. Runs on: any thread; no call blocks on the disk.
// Limits:  `slots` marks at a time, each of some hundred recipients; what does not fit is refused.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "queue/store_values.hpp"

namespace greyhound::queue {

class DotMarks {
 public:
  static constexpr std::size_t slots = 4096;
  static constexpr const char* file_name = "DOTS";  // in the queue folder

  // The marks in a file that nobody else writes to; none where there is no file.
  static std::vector<DotMark> read(const std::filesystem::path& file);

  // Maps the file, which is made where it is missing, with all marks gone. Fault::disk or
  // disk_full: there is no such file to be had.
  static Result<std::unique_ptr<DotMarks>> open(const std::filesystem::path& file);

  // Only shows `marks`; nothing is written anywhere.
  explicit DotMarks(const std::vector<DotMark>& marks);

  DotMarks(const DotMarks&) = delete;
  DotMarks& operator=(const DotMarks&) = delete;
  ~DotMarks();

  // false: no room. A second mark of one attempt adds its recipients to those of the first.
  bool set(DotMark mark);
  void clear(DeliveryId id);

  // What a record as it is stored now does not say itself.
  std::optional<DotSent> of(const Delivery& delivery) const;

 private:
  class Mapping;
  struct Kept {
    std::optional<std::size_t> slot;  // none: shown only
    DotMark mark;
  };

  using Marks = std::unordered_map<DeliveryId, Kept>;

  explicit DotMarks(std::unique_ptr<Mapping> mapping);
  void erase(Marks::iterator mark);

  mutable std::mutex mutex_;
  std::unique_ptr<Mapping> mapping_;
  std::vector<std::size_t> free_;  // slots
  Marks marks_;
};

}  // namespace greyhound::queue
