#include "scheduler/greylist/word_lists.hpp"

#include <algorithm>
#include <limits>

#include "runtime/must.hpp"

namespace greyhound::scheduler {
namespace {

std::size_t byte_of(char c) {
  return static_cast<unsigned char>(c);
}

// Where the entries of each slot begin; they are sorted by their slots.
template <class Entries, class Starts, class SlotOf>
void set_starts(const Entries& entries, Starts& starts, SlotOf slot_of) {
  MUST(entries.size() < std::numeric_limits<std::uint16_t>::max());
  for (const auto& entry : entries)
    ++starts[slot_of(entry) + 1];
  for (std::size_t slot = 1; slot < starts.size(); ++slot)
    starts[slot] = static_cast<std::uint16_t>(starts[slot] + starts[slot - 1]);
}

}  // namespace

std::vector<std::string_view> pieces_of(std::string_view list, char between) {
  std::vector<std::string_view> pieces;
  while (!list.empty()) {
    const auto end = std::min(list.find(between), list.size());
    if (end > 0) pieces.push_back(list.substr(0, end));
    list.remove_prefix(std::min(list.size(), end + 1));
  }
  return pieces;
}

WordIndex::WordIndex(const std::vector<std::string_view>& words) {
  for (std::size_t i = 0; i < words.size(); ++i)
    entries_.push_back({.word = words[i], .place = i});
  std::sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) {
    const auto slot_a = slot_of(a.word);
    const auto slot_b = slot_of(b.word);
    return slot_a != slot_b ? slot_a < slot_b : a.place < b.place;
  });
  set_starts(entries_, starts_, [](const Entry& entry) { return slot_of(entry.word); });
}

std::size_t WordIndex::slot_of(std::string_view word) {
  const auto mixed = byte_of(word.front()) * 31 + byte_of(word[word.size() / 2]) * 7 +
                     byte_of(word.back()) * 131 + word.size() * 17;
  return mixed % slots;
}

std::optional<std::size_t> WordIndex::find(std::string_view word) const {
  if (word.empty()) return std::nullopt;
  const auto slot = slot_of(word);
  for (std::size_t i = starts_[slot]; i < starts_[slot + 1]; ++i) {
    if (entries_[i].word == word) return entries_[i].place;
  }
  return std::nullopt;
}

PartIndex::PartIndex(std::vector<std::string_view> parts) : parts_(std::move(parts)) {
  MUST(std::all_of(parts_.begin(), parts_.end(), [](auto part) { return part.size() >= 2; }));
  std::sort(parts_.begin(), parts_.end(), [](auto a, auto b) { return slot_of(a) < slot_of(b); });
  set_starts(parts_, starts_, [](auto part) { return slot_of(part); });
}

std::size_t PartIndex::slot_of(std::string_view text) {
  return (byte_of(text[0]) * 31 + byte_of(text[1])) % slots;
}

bool PartIndex::is_at_front_of(std::string_view text) const {
  if (text.size() < 2) return false;
  const auto slot = slot_of(text);
  const char third = text.size() > 2 ? text[2] : '\0';
  for (std::size_t i = starts_[slot]; i < starts_[slot + 1]; ++i) {
    const auto part = parts_[i];
    const bool may_be = part.size() == 2 || part[2] == third;  // most are told apart by now
    if (may_be && text.starts_with(part)) return true;
  }
  return false;
}

bool PartIndex::is_at_end_of(std::string_view text) const {
  return std::any_of(
      parts_.begin(), parts_.end(), [text](auto part) { return text.ends_with(part); });
}

bool PartIndex::is_in(std::string_view text) const {
  for (; text.size() >= 2; text.remove_prefix(1)) {
    if (is_at_front_of(text)) return true;
  }
  return false;
}

}  // namespace greyhound::scheduler
