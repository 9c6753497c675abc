#include "scheduler/greylist/time_words.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>
#include <vector>

#include "scheduler/greylist/word_lists.hpp"

namespace greyhound::scheduler {
namespace {

constexpr std::int64_t second = 1;
constexpr std::int64_t minute = 60;
constexpr std::int64_t hour = 3600;
constexpr std::int64_t day = 86'400;
constexpr std::int64_t week = 7 * day;

struct Unit {
  std::string_view words;  // of one language or more, with a space before and behind each
  std::int64_t seconds;
};

constexpr auto units = std::to_array<Unit>({
    {" s sec secs second seconds sek sekunde sekunden seconde secondes seconden segundo segundos "
     "secondo secondi sekundach sekund sekunda sekundy sekundę sekunder sekunnin sekuntia sekundi "
     "sekundě "
     "sekúnd másodperc mp saniye saniyede секунд секунда секунды секунду сек с секунди secunde ",
     second},
    {" m min mins mn minute minutes minuten minuto minutos minuti minuut minutach minut minuta "
     "minuty "
     "minutę minuter minutter minuutin minuuttia minuutti minút perc dakika dk минут минута "
     "минуты минуту мин хвилин хвилини хвилину λεπτά λεπτό minuta ",
     minute},
    {" h hr hrs hour hours stunde stunden std heure heures hora horas ora ore uur uren godzinach "
     "godzin "
     "godzina godziny godzinę timme timmar time timer tunti tunnin tuntia hodin hodina hodinu "
     "hodiny óra saat час часа часов годин години годину ώρα ώρες sat sata sati ",
     hour},
    {" d day days tag tage tagen jour jours día días dia dias giorno giorni dag dagen dager dage "
     "dzień dni день дня дней gün päivä päivän päivää den dny nap zile ",
     day},
    {" w week weeks woche wochen semaine semaines semana semanas settimana settimane weken "
     "tydzień tygodni неделя недели недель ",
     week},
});

// Of writings without spaces; the longer first where one begins another.
constexpr auto joined_units = std::to_array<std::pair<std::string_view, std::int64_t>>({
    {"秒钟", second}, {"秒鐘", second}, {"秒間", second}, {"秒", second}, {"초", second},
    {"分钟", minute}, {"分鐘", minute}, {"分間", minute}, {"分", minute}, {"분", minute},
    {"个小时", hour}, {"個小時", hour}, {"小时", hour},   {"小時", hour}, {"时", hour},
    {"時間", hour},   {"시간", hour},   {"天", day},      {"日間", day},  {"일", day},
});

struct NumberWord {
  std::string_view words;
  double value;
};

constexpr auto numbers = std::to_array<NumberWord>({
    {" a an one ein eine einer einem un une una uno um uma een één jedną jedna jeden один одну "
     "одна ett en et yksi bir ",
     1},
    {" two zwei deux dos due dois duas twee dwie dwa два две två to kaksi dvě iki ", 2},
    {" three drei trois tres tre três drie trzy три kolme tři üç ", 3},
    {" four vier quatre cuatro quattro quatro cztery четыре ", 4},
    {" five fünf fuenf cinq cinco cinque vijf pięć пять fem viisi pět beş öt ", 5},
    {" six sechs seis sei zes sześć шесть ", 6},
    {" seven sieben sept siete sette sete zeven семь ", 7},
    {" eight acht huit ocho otto oito восемь ", 8},
    {" nine neun neuf nueve nove negen девять ", 9},
    {" ten zehn dix diez dieci dez tien dziesięć десять tio ti kymmenen deset on tíz ", 10},
    {" twelve zwölf douze doce dodici doze twaalf двенадцать ", 12},
    {" fifteen fünfzehn quinze quince quindici vijftien piętnaście пятнадцать femton patnáct ", 15},
    {" twenty zwanzig vingt veinte venti vinte twintig dwadzieścia двадцать tjugo dvacet ", 20},
    {" thirty dreißig dreissig trente treinta trenta trinta dertig trzydzieści тридцать ", 30},
    {" forty vierzig quarante cuarenta quaranta quarenta veertig czterdzieści сорок ", 40},
    {" sixty sechzig soixante sesenta sessanta sessenta zestig sześćdziesiąt шестьдесят ", 60},
    {" ninety neunzig noventa novanta девяносто ", 90},
});

constexpr auto joined_numbers = std::to_array<std::pair<std::string_view, double>>({
    {"三十", 30},
    {"二十", 20},
    {"十五", 15},
    {"十", 10},
    {"一", 1},
    {"二", 2},
    {"两", 2},
    {"兩", 2},
    {"三", 3},
    {"四", 4},
    {"五", 5},
    {"六", 6},
    {"七", 7},
    {"八", 8},
    {"九", 9},
    {"半", 0.5},
});

// Said in one go.
constexpr auto phrases = std::to_array<std::pair<std::string_view, std::int64_t>>({
    {"half an hour", hour / 2},
    {"a quarter of an hour", hour / 4},
    {"one and a half hours", hour + hour / 2},
    {"einer halben stunde", hour / 2},
    {"eine halbe stunde", hour / 2},
    {"einer viertelstunde", hour / 4},
    {"une demi-heure", hour / 2},
    {"un quart d'heure", hour / 4},
    {"media hora", hour / 2},
    {"mezz'ora", hour / 2},
    {"mezzora", hour / 2},
    {"meia hora", hour / 2},
    {"een half uur", hour / 2},
    {"een kwartier", hour / 4},
    {"pół godziny", hour / 2},
    {"полчаса", hour / 2},
    {"минуту", minute},
    {"час", hour},
});

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
  for (const auto& [word, seconds] : joined_units) {
    if (text.starts_with(word)) return UnitFound{seconds, word.size()};
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

std::optional<Part> part_at(std::string_view text) {
  const auto number = number_at(text);
  if (!number) return std::nullopt;
  const auto gap = spaces_at(text.substr(number->length));
  const auto unit = unit_at(text.substr(number->length + gap));
  if (!unit) return std::nullopt;
  return Part{number->value * static_cast<double>(unit->seconds),
              unit->seconds,
              number->length + gap + unit->length};
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
  if (text.empty() || is_digit(text.front())) return std::nullopt;
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
  std::size_t length = 0;
  while (length < text.size()) {
    const auto byte = static_cast<unsigned char>(text[length]);
    const bool is_ascii_letter = byte >= 'a' && byte <= 'z';
    const bool is_two_bytes = byte >= 0xc3 && byte <= 0xdf && length + 1 < text.size();
    if (!is_ascii_letter && !is_two_bytes) break;
    length += is_two_bytes ? 2 : 1;
  }
  return length;
}

}  // namespace greyhound::scheduler
