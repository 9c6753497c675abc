#include "scheduler/greylist/time_words.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>
#include <vector>

#include "scheduler/greylist/time_names.hpp"
#include "scheduler/greylist/word_lists.hpp"

namespace greyhound::scheduler {
namespace {

using namespace time_names;

// What each word of some entries stands for; where two have it, the first.
template <class Value>
class WordTable {
 public:
  // `Value Entry::*value` of each entry goes to all of its words.
  template <class Entry, std::size_t Size>
  WordTable(const std::array<Entry, Size>& entries, Value Entry::* value) {
    std::vector<std::string_view> words;
    for (const auto& entry : entries) {
      for (const auto word : pieces_of(entry.words, ' ')) {
        words.push_back(word);
        values_.push_back(entry.*value);
      }
    }
    index_ = WordIndex(words);
  }

  std::optional<Value> find(std::string_view word) const {
    const auto place = index_.find(word);
    return place ? std::optional(values_[*place]) : std::nullopt;
  }

 private:
  std::vector<Value> values_;
  WordIndex index_;
};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_ascii(char c) {
  return static_cast<unsigned char>(c) < 0x80;
}

std::size_t digits_at(std::string_view text) {
  const auto end = std::find_if_not(text.begin(), text.end(), is_digit);
  return static_cast<std::size_t>(end - text.begin());
}

struct Number {
  double value;
  std::size_t length;
};

// Digits, with a fraction or thousands: "300", "0.5", "0,5", "1,800".
std::optional<Number> written_number(std::string_view text) {
  constexpr std::size_t most_digits = 10;
  const auto whole = digits_at(text);
  if (whole == 0 || whole > most_digits) return std::nullopt;
  double value = 0;
  for (const char c : text.substr(0, whole))
    value = value * 10 + (c - '0');
  const auto rest = text.substr(whole);
  const bool has_mark = rest.size() > 1 && (rest.front() == '.' || rest.front() == ',');
  const auto part = has_mark ? digits_at(rest.substr(1)) : 0;
  if (part == 0 || part > 6) return Number{value, whole};
  double fraction = 0;
  for (const char c : rest.substr(1, part))
    fraction = fraction * 10 + (c - '0');
  const auto scale = std::pow(10.0, static_cast<double>(part));
  const bool is_thousands = part == 3 && value >= 1;
  value = is_thousands ? value * scale + fraction : value + fraction / scale;
  return Number{value, whole + 1 + part};
}

std::optional<Number> number_at(std::string_view text) {
  if (text.empty()) return std::nullopt;
  if (is_digit(text.front())) return written_number(text);
  if (!is_ascii(text.front())) {
    for (const auto& [word, value] : joined_numbers) {
      if (text.starts_with(word)) return Number{value, word.size()};
    }
  }
  static const WordTable<double> table(numbers, &NumberWord::value);
  const auto length = word_length(text);
  const auto value = table.find(text.substr(0, length));
  return value ? std::optional(Number{*value, length}) : std::nullopt;
}

struct UnitFound {
  std::int64_t seconds;
  std::size_t length;
};

std::optional<UnitFound> unit_at(std::string_view text) {
  const bool may_be_joined = !text.empty() && static_cast<unsigned char>(text.front()) >= 0x80;
  for (const auto& [word, seconds] : joined_units) {
    if (may_be_joined && text.starts_with(word)) return UnitFound{seconds, word.size()};
  }
  const auto length = word_length(text);
  // "m3", "s-1": no unit.
  if (length < text.size() && (is_digit(text[length]) && length != 1)) return std::nullopt;
  static const WordTable<std::int64_t> table(units, &Unit::seconds);
  const auto seconds = table.find(text.substr(0, length));
  return seconds ? std::optional(UnitFound{*seconds, length}) : std::nullopt;
}

std::size_t spaces_at(std::string_view text) {
  return std::min(text.find_first_not_of(" -"), text.size());
}

struct Part {
  double seconds;
  std::int64_t unit;
  std::size_t length;
};

// "five (5) minutes": the number once more, in digits.
std::size_t repetition_at(std::string_view text, double value) {
  const auto open = std::min(text.find_first_not_of(' '), text.size());
  if (!text.substr(open).starts_with('(')) return 0;
  const auto number = written_number(text.substr(open + 1));
  if (!number || number->value != value) return 0;
  const auto close = open + 1 + number->length;
  return text.substr(close).starts_with(')') ? close + 1 : 0;
}

std::optional<Part> part_at(std::string_view text) {
  const auto number = number_at(text);
  if (!number) return std::nullopt;
  auto length = number->length;
  if (!is_digit(text.front())) length += repetition_at(text.substr(length), number->value);
  length += spaces_at(text.substr(length));
  const auto unit = unit_at(text.substr(length));
  if (!unit) return std::nullopt;
  return Part{
      number->value * static_cast<double>(unit->seconds), unit->seconds, length + unit->length};
}

// ", " and "and " between the parts of one amount.
std::size_t joint_at(std::string_view text) {
  static const WordIndex words(pieces_of("and und et y e en i и plus", ' '));
  auto length = std::min(text.find_first_not_of(" ,"), text.size());
  const auto word = word_length(text.substr(length));
  if (word > 0 && words.has(text.substr(length, word))) {
    length += word;
    length += spaces_at(text.substr(length));
  }
  return length;
}

std::optional<TimeAmount> amount_of(double seconds, std::size_t length) {
  if (seconds > static_cast<double>(longest_amount_seconds)) return std::nullopt;
  return TimeAmount{static_cast<std::int64_t>(std::ceil(seconds)), length};
}

std::optional<TimeAmount> parts_at(std::string_view text) {
  auto part = part_at(text);
  if (!part) return std::nullopt;
  double seconds = part->seconds;
  auto length = part->length;
  while (true) {
    const auto joint = joint_at(text.substr(length));
    const auto rest = text.substr(length + joint);
    const auto next = part_at(rest);
    // "5 minutes 30 seconds", but not "5 minutes, 2 hours".
    if (!next || next->unit >= part->unit || !is_digit(rest.front())) break;
    seconds += next->seconds;
    length += joint + next->length;
    part = next;
  }
  return amount_of(seconds, length);
}

// 00:04:59 or 04:59.
std::optional<TimeAmount> clock_at(std::string_view text) {
  double seconds = 0;
  std::size_t length = 0;
  int fields = 0;
  while (true) {
    const auto digits = digits_at(text.substr(length));
    if (digits == 0 || digits > 4 || (fields > 0 && digits != 2)) return std::nullopt;
    const auto field = written_number(text.substr(length, digits));
    if (!field || (fields > 0 && field->value >= 60)) return std::nullopt;
    seconds = seconds * 60 + field->value;
    length += digits;
    ++fields;
    const bool goes_on =
        length + 1 < text.size() && text[length] == ':' && is_digit(text[length + 1]);
    if (!goes_on) break;
    ++length;
  }
  if (fields < 2 || fields > 3) return std::nullopt;
  return amount_of(seconds, length);
}

// pt5m, p1dt2h.
std::optional<TimeAmount> iso_at(std::string_view text) {
  if (text.size() < 3 || text.front() != 'p') return std::nullopt;
  double seconds = 0;
  std::size_t length = 1;
  bool is_time = false;
  bool has_part = false;
  while (length < text.size()) {
    if (text[length] == 't' && !is_time) {
      is_time = true;
      ++length;
      continue;
    }
    const auto number = written_number(text.substr(length));
    if (!number || length + number->length >= text.size()) break;
    const char unit = text[length + number->length];
    const auto scale = unit == 's' && is_time    ? second
                       : unit == 'm' && is_time  ? minute
                       : unit == 'h' && is_time  ? hour
                       : unit == 'd' && !is_time ? day
                       : unit == 'w' && !is_time ? week
                                                 : 0;
    if (scale == 0) return std::nullopt;
    seconds += number->value * static_cast<double>(scale);
    length += number->length + 1;
    has_part = true;
  }
  const bool is_stuck = length < text.size() && word_length(text.substr(length)) > 0;
  if (!has_part || is_stuck) return std::nullopt;
  return amount_of(seconds, length);
}

std::optional<TimeAmount> phrase_at(std::string_view text) {
  static const PartIndex fronts = [] {
    std::vector<std::string_view> all;
    all.reserve(phrases.size());
    for (const auto& [phrase, seconds] : phrases)
      all.push_back(phrase);
    return PartIndex(std::move(all));
  }();
  if (!fronts.is_at_front_of(text)) return std::nullopt;
  for (const auto& [phrase, seconds] : phrases) {
    if (text.front() != phrase.front() || !text.starts_with(phrase)) continue;
    if (word_length(text.substr(phrase.size())) == 0) return TimeAmount{seconds, phrase.size()};
  }
  return std::nullopt;
}

// Looks at two bytes, which is as much as most words of a reply deserve.
bool may_begin_amount(std::string_view text) {
  static const PartIndex beginnings = [] {
    std::vector<std::string_view> words;
    for (const auto& number : numbers) {
      for (const auto word : pieces_of(number.words, ' ')) {
        // Words of one letter come with the space, or the dash, behind them.
        if (word.size() > 1) words.push_back(word);
      }
    }
    for (const auto& [word, value] : joined_numbers)
      words.push_back(word);
    for (const auto& [phrase, seconds] : phrases)
      words.push_back(phrase);
    words.insert(words.end(), {"a ", "a-", "pt"});
    return PartIndex(std::move(words));
  }();
  if (text.empty() || is_digit(text.front())) return !text.empty();
  const bool is_period = text.size() > 1 && text.front() == 'p' && is_digit(text[1]);  // p1d
  return is_period || beginnings.is_at_front_of(text);
}

}  // namespace

std::optional<TimeAmount> amount_at(std::string_view text) {
  if (!may_begin_amount(text)) return std::nullopt;
  if (const auto phrase = phrase_at(text)) return phrase;
  if (const auto clock = clock_at(text)) return clock;
  if (const auto iso = iso_at(text)) return iso;
  return parts_at(text);
}

std::optional<TimeAmount> bare_number_at(std::string_view text) {
  const auto length = digits_at(text);
  if (length == 0 || length > 10) return std::nullopt;
  const auto rest = text.substr(length);
  const bool is_stuck =
      !rest.empty() && (word_length(rest) > 0 || rest.front() == '/' || rest.front() == '-' ||
                        rest.front() == '_' || rest.front() == ':');
  if (is_stuck) return std::nullopt;
  const auto number = written_number(text.substr(0, length));
  return number ? amount_of(number->value, length) : std::nullopt;
}

std::size_t word_length(std::string_view text) {
  const auto byte_at = [text](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  std::size_t length = 0;
  while (length < text.size()) {
    const auto byte = byte_at(length);
    const auto left = text.size() - length;
    if (byte < 0x80) {
      if (byte < 'a' || byte > 'z') break;
      ++length;
    } else if (byte >= 0xc3 && byte <= 0xdf && left > 1) {
      length += 2;
    } else if (byte == 0xe1 && left > 2 && byte_at(length + 1) >= 0xb8 &&
               byte_at(length + 1) <= 0xbb) {
      length += 3;  // Vietnamese
    } else {
      break;
    }
  }
  return length;
}

}  // namespace greyhound::scheduler
