// Lists of words that texts are searched for, as word by word of every greylist reply is: nearly
// all of them are in no list, and that costs one look at a small table.
// Owner: statics next to the lists, which the views point into. Immutable once made.
// Runs on: any. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace greyhound::scheduler {

// The pieces of `list` between the marks `between`; empty ones are left out.
std::vector<std::string_view> pieces_of(std::string_view list, char between);

// Whole words. One that stands there twice has its first place.
class WordIndex {
 public:
  WordIndex() = default;  // has none
  explicit WordIndex(const std::vector<std::string_view>& words);

  std::optional<std::size_t> find(std::string_view word) const;  // its place in `words`
  bool has(std::string_view word) const { return find(word).has_value(); }

 private:
  struct Entry {
    std::string_view word;
    std::size_t place;
  };
  static std::size_t slot_of(std::string_view word);

  static constexpr std::size_t slots = 1024;
  std::array<std::uint16_t, slots + 1> starts_ = {};  // in `entries_`, slot by slot
  std::vector<Entry> entries_;
};

// Words and parts of words, of two bytes or more, wherever they begin.
class PartIndex {
 public:
  explicit PartIndex(std::vector<std::string_view> parts);

  bool is_at_front_of(std::string_view text) const;
  bool is_at_end_of(std::string_view text) const;
  bool is_in(std::string_view text) const;  // anywhere

 private:
  static std::size_t slot_of(std::string_view text);

  static constexpr std::size_t slots = 1024;
  std::array<std::uint16_t, slots + 1> starts_ = {};
  std::vector<std::string_view> parts_;
};

}  // namespace greyhound::scheduler
