#include "queue/dot_marks.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <span>
#include <utility>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "queue/record_bytes.hpp"

namespace greyhound::queue {
namespace {

constexpr std::uint8_t newest_version = 1;
constexpr std::size_t slot_bytes = 512;  // so none lies across two sectors
constexpr std::size_t file_bytes = DotMarks::slots * slot_bytes;

// Of a slot: the length of its record, 0 if there is none. It is written last.
using Length = std::uint16_t;

std::string encode(const DotMark& mark) {
  RecordWriter to(newest_version);
  to.number(mark.id.message.value());
  to.number(mark.id.number);
  to.optional_instant(mark.attempted);
  to.instant(mark.sent.at);
  to.number(mark.sent.recipients.size());
  for (const auto index : mark.sent.recipients)
    to.number(index);
  return std::move(to).finish();
}

std::optional<DotMark> decode(std::string_view record) {
  auto from = RecordReader::open(record, newest_version);
  if (!from) return std::nullopt;
  const MessageId message(from->number());
  DotMark mark{.id = {message, from->number_of<std::uint16_t>()}};
  mark.attempted = from->optional_instant();
  mark.sent.at = from->instant();
  const auto count = from->count(1);
  for (std::size_t i = 0; i < count; ++i)
    mark.sent.recipients.push_back(from->number_of<std::uint16_t>());
  if (from->has_failed() || !from->is_at_end()) return std::nullopt;
  return mark;
}

// A slot that was being written to when the process died reads as nothing, rightly: that dot was
// not sent.
std::optional<DotMark> decode_slot(std::span<const char> slot) {
  Length length = 0;
  std::memcpy(&length, slot.data(), sizeof(length));
  const auto room = slot.subspan(sizeof(length));
  if (length == 0 || length > room.size()) return std::nullopt;
  return decode(std::string_view(room.data(), length));
}

Error failed(const std::filesystem::path& file, int number) {
  return Error{number == ENOSPC ? Fault::disk_full : Fault::disk,
               "queue: " + file.string() + ": " + std::strerror(number)};
}

void add_missing(std::vector<std::uint16_t>& to, const std::vector<std::uint16_t>& more) {
  for (const auto index : more) {
    if (std::find(to.begin(), to.end(), index) == to.end()) to.push_back(index);
  }
}

}  // namespace

class DotMarks::Mapping {
 public:
  static Result<std::unique_ptr<Mapping>> open(const std::filesystem::path& file) {
    const int opened = ::open(file.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (opened < 0) return failed(file, errno);
    // The blocks are ours from here on: a full disk ends no write to the mapping.
    if (const int failure = ::posix_fallocate(opened, 0, file_bytes); failure != 0) {
      ::close(opened);
      return failed(file, failure);
    }
    void* const at = ::mmap(nullptr, file_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, opened, 0);
    const int failure = errno;
    ::close(opened);
    if (at == MAP_FAILED) return failed(file, failure);
    auto mapping = std::unique_ptr<Mapping>(new Mapping(static_cast<char*>(at)));
    for (std::size_t slot = 0; slot < slots; ++slot)
      mapping->put_length(slot, 0);
    return mapping;
  }

  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  ~Mapping() { ::munmap(bytes_, file_bytes); }

  static bool fits(std::string_view record) { return record.size() <= slot_bytes - sizeof(Length); }

  void put(std::size_t slot, std::string_view record) {
    std::memcpy(bytes_ + slot * slot_bytes + sizeof(Length), record.data(), record.size());
    put_length(slot, static_cast<Length>(record.size()));
  }
  void erase(std::size_t slot) { put_length(slot, 0); }

 private:
  explicit Mapping(char* bytes) : bytes_(bytes) {}

  void put_length(std::size_t slot, Length length) {
    auto* const at = reinterpret_cast<Length*>(bytes_ + slot * slot_bytes);
    std::atomic_ref<Length>(*at).store(length, std::memory_order_release);
  }

  char* bytes_;
};

std::vector<DotMark> DotMarks::read(const std::filesystem::path& file) {
  std::vector<DotMark> marks;
  std::ifstream from(file, std::ios::binary);
  std::vector<char> slot(slot_bytes);
  while (from.read(slot.data(), slot_bytes)) {
    if (auto mark = decode_slot(slot)) marks.push_back(std::move(*mark));
  }
  return marks;
}

Result<std::unique_ptr<DotMarks>> DotMarks::open(const std::filesystem::path& file) {
  auto mapping = Mapping::open(file);
  if (!mapping) return mapping.error();
  return std::unique_ptr<DotMarks>(new DotMarks(std::move(*mapping)));
}

DotMarks::DotMarks(std::unique_ptr<Mapping> mapping) : mapping_(std::move(mapping)) {
  for (auto slot = slots; slot > 0; --slot)
    free_.push_back(slot - 1);
}

DotMarks::DotMarks(const std::vector<DotMark>& marks) {
  for (const auto& mark : marks)
    marks_.insert_or_assign(mark.id, Kept{std::nullopt, mark});
}

DotMarks::~DotMarks() = default;

// The older mark stays until the newer, which says all that it said, is there.
bool DotMarks::set(DotMark mark) {
  const std::lock_guard lock(mutex_);
  if (free_.empty()) return false;
  const auto found = marks_.find(mark.id);
  const bool goes_on = found != marks_.end() && found->second.mark.attempted == mark.attempted;
  if (goes_on) add_missing(mark.sent.recipients, found->second.mark.sent.recipients);
  const auto record = encode(mark);
  if (!Mapping::fits(record)) return false;
  const auto slot = free_.back();
  free_.pop_back();
  mapping_->put(slot, record);
  if (found != marks_.end()) erase(found);
  const auto id = mark.id;
  marks_.emplace(id, Kept{slot, std::move(mark)});
  return true;
}

void DotMarks::clear(DeliveryId id) {
  const std::lock_guard lock(mutex_);
  const auto found = marks_.find(id);
  if (found != marks_.end()) erase(found);
}

void DotMarks::erase(Marks::iterator mark) {
  if (const auto slot = mark->second.slot) {
    mapping_->erase(*slot);
    free_.push_back(*slot);
  }
  marks_.erase(mark);
}

// A mark from before the attempt that the record tells of is void: to clear it came too late.
std::optional<DotSent> DotMarks::of(const Delivery& delivery) const {
  const std::lock_guard lock(mutex_);
  const auto found = marks_.find(delivery.id);
  if (found == marks_.end() || found->second.mark.attempted != delivery.attempted) {
    return std::nullopt;
  }
  return found->second.mark.sent;
}

}  // namespace greyhound::queue
