#include "scheduler/greylist/signatures.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>

#include "mail/reply.hpp"
#include "mail/reply_words.hpp"
#include "scheduler/greylist/word_lists.hpp"

namespace greyhound::scheduler {
namespace {

// Stands for a number, or for a word of a date.
constexpr std::string_view number = "#";

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_mark(char c) {
  const bool is_letter = (c >= 'a' && c <= 'z') || static_cast<unsigned char>(c) >= 0x80;
  return !is_letter && !is_digit(c) && c != ':';
}

bool is_of_date(std::string_view word) {
  static const WordIndex words(pieces_of(
      "mon tue wed thu fri sat sun jan feb mar apr may jun jul aug sep oct nov dec gmt utc", ' '));
  return word.size() == 3 && words.has(word);
}

// Postfix puts these before what its policy server says.
std::string_view without_prefix(std::string_view words) {
  constexpr std::string_view marker = "address rejected: ";
  const auto at = words.find(marker);
  return at == words.npos || at > 30 ? words : words.substr(at + marker.size());
}

// The length of what stands in brackets at the front, the brackets included.
std::size_t bracketed(std::string_view text) {
  int depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    depth += text[i] == '[' ? 1 : 0;
    depth -= text[i] == ']' ? 1 : 0;
    if (depth == 0) return i + 1;
  }
  return text.size();
}

// 300, 300s, 00:05:00 and 4.7.1: the digits are any, what is stuck to them stays.
void add_numbered_word(std::string& key, std::string_view word) {
  bool is_within_number = false;
  for (const char c : word) {
    const bool is_of_number = is_digit(c) || (is_within_number && c == ':');
    if (is_of_number && !is_within_number) key += number;
    if (!is_of_number && c != ':') key += c;
    is_within_number = is_of_number;
  }
}

// As it is compared: most words stand for themselves.
void add_word(std::string& key, std::string_view word, bool is_numbered) {
  const auto before = key.size();
  if (before > 0) key += ' ';
  const auto start = key.size();
  if (is_numbered) {
    add_numbered_word(key, word);
  } else {
    key += is_of_date(word) ? number : word;
  }
  if (key.size() == start) key.resize(before);
}

// The text as it is compared.
std::string key_of(std::string_view lower_words) {
  std::string key;
  auto rest = without_prefix(lower_words);
  key.reserve(rest.size());
  while (!rest.empty()) {
    if (is_mark(rest.front())) {
      rest.remove_prefix(rest.front() == '[' ? bracketed(rest) : 1);
      continue;
    }
    std::size_t length = 0;
    bool is_numbered = false;
    for (; length < rest.size() && !is_mark(rest[length]); ++length)
      is_numbered = is_numbered || is_digit(rest[length]) || rest[length] == ':';
    add_word(key, rest.substr(0, length), is_numbered);
    rest.remove_prefix(length);
  }
  while (key.ends_with(" #"))
    key.erase(key.size() - 2);
  return key;
}

// Whether there is no word in it but those that mail servers defer with, whatever the reason.
bool is_commonplace(std::string_view key) {
  static const WordIndex words(pieces_of(
      "a an the is are be was or and of for to in at on by us we your you this it # please sorry "
      "try retry again later back soon shortly come send resend wait moment moments minute minutes "
      "while some few time now once more not no unable cannot temporary temporarily currently "
      "tempfail temp failure failed fail error problem local internal processing service server "
      "system host mail message mailbox recipient sender address delivery unavailable available "
      "busy "
      "requested action aborted taken deferred delayed",
      ' '));
  const auto said = pieces_of(key, ' ');
  return std::all_of(said.begin(), said.end(), [](auto word) { return words.has(word); });
}

// "450 4.2.0 Greylisted" as it came; a text without a code has that of its greylister. Lines of
// one reply stand behind each other, "\n" and the code between them.
mail::Reply read_sample(std::string_view text, const Greylister& from) {
  int code = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), code);
  const bool has_code = error == std::errc{} && end == text.data() + 3;
  if (!has_code) {
    auto reply = mail::make_reply(from.code, {std::string(text)});
    if (!reply.status) reply.status = from.status;
    return reply;
  }
  const std::string line_end = "\\n" + std::string(text.substr(0, 3));
  std::vector<std::string> lines;
  text.remove_prefix(std::min<std::size_t>(4, text.size()));
  for (auto at = text.find(line_end); at != text.npos; at = text.find(line_end)) {
    lines.emplace_back(text.substr(0, at));
    text.remove_prefix(std::min(at + line_end.size() + 1, text.size()));
  }
  lines.emplace_back(text);
  return mail::make_reply(code, std::move(lines));
}

}  // namespace

Signatures::Signatures(const Greylisters& greylisters) {
  for (std::size_t i = 0; i < greylisters.size(); ++i) {
    const auto& one = greylisters[i];
    for (const auto& text : one.texts) {
      const auto reply = read_sample(text, one);
      const mail::ReplyWords words(reply.lines);
      auto key = key_of(words.words());
      if (key.empty()) continue;
      by_words_[std::move(key)].samples.push_back({.greylister = i,
                                                   .words = std::string(words.words()),
                                                   .code = reply.code,
                                                   .status = reply.status,
                                                   .stage = one.stage});
    }
  }
  for (auto& [key, known] : by_words_) {
    known.needed = needed(key, known.samples);
    known.is_commonplace = is_commonplace(key);
  }
}

// Whoever answers to DATA or to the final dot has seen the envelope, and no more is told by it.
bool Signatures::is_same_step(mail::Stage known, std::optional<mail::Stage> stage) {
  const bool is_after_envelope = stage == mail::Stage::data || stage == mail::Stage::eom;
  const bool is_known_after = known == mail::Stage::data || known == mail::Stage::eom;
  return known == stage || (is_after_envelope && is_known_after);
}

// How well code and step of a reply fit one whose text does.
int Signatures::fitness(const Sample& sample, const mail::ReplyFacts& reply) {
  int points = 0;
  if (sample.code == reply.code) points += 2;
  if (sample.status == reply.status) points += 2;
  if (!sample.stage || is_same_step(*sample.stage, reply.stage)) points += 1;
  return points;
}

// Words that anybody may say tell nothing unless code and step are right too.
int Signatures::needed(const std::string& key, const std::vector<Sample>& samples) {
  const bool says_it = key.find("greylist") != key.npos || key.find("graylist") != key.npos;
  if (says_it) return 0;
  const auto is_another = [&samples](const Sample& sample) {
    return sample.greylister != samples.front().greylister;
  };
  const bool is_shared = std::any_of(samples.begin(), samples.end(), is_another);
  return is_shared ? best_fitness : best_fitness / 2;
}

Signatures::Match Signatures::find(const mail::ReplyFacts& reply) const {
  const auto found = by_words_.find(key_of(reply.words.words()));
  if (found == by_words_.end()) return {};
  const auto& samples = found->second.samples;
  int best = found->second.needed;
  for (const auto& sample : samples)
    best = std::max(best, fitness(sample, reply));
  // At DATA itself hardly anybody else puts mail off.
  const bool is_shared = found->second.is_commonplace && reply.stage != mail::Stage::data;
  Match match{.greylisters = {}, .is_shared = is_shared};
  auto& fitting = match.greylisters;
  // Those whose words they are, with all numbers, first.
  for (const bool is_literal : {true, false}) {
    for (const auto& sample : samples) {
      const bool is_known =
          std::find(fitting.begin(), fitting.end(), sample.greylister) != fitting.end();
      if (is_known || fitness(sample, reply) < best) continue;
      if ((sample.words == reply.words.words()) == is_literal) fitting.push_back(sample.greylister);
    }
  }
  return match;
}

}  // namespace greyhound::scheduler
