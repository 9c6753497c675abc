#include "scheduler/greylist/signatures.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>

#include "mail/reply.hpp"
#include "mail/reply_words.hpp"
#include "scheduler/greylist/time_words.hpp"

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
  constexpr std::string_view words =
      " mon tue wed thu fri sat sun jan feb mar apr may jun jul aug sep oct nov dec gmt utc ";
  return word.size() == 3 && is_one_of(words, word);
}

// Postfix puts these before what its policy server says.
std::string_view without_prefix(std::string_view words) {
  constexpr std::string_view marker = "address rejected: ";
  const auto at = words.find(marker);
  return at == words.npos || at > 30 ? words : words.substr(at + marker.size());
}

std::string without_brackets(std::string_view text) {
  if (text.find('[') == text.npos) return std::string(text);
  std::string out;
  int depth = 0;
  for (const char c : text) {
    depth += c == '[' ? 1 : 0;
    if (depth == 0) out += c;
    depth -= c == ']' && depth > 0 ? 1 : 0;
  }
  return out;
}

// 300, 300s, 00:05:00 and 4.7.1: the digits are any, what is stuck to them stays.
std::string without_digits(std::string_view word) {
  std::string out;
  for (const char c : word) {
    const bool goes_on = out.ends_with(number) && (is_digit(c) || c == ':');
    if (goes_on) continue;
    if (is_digit(c)) {
      out += number;
    } else if (c != ':') {
      out += c;
    }
  }
  return out;
}

// As it is compared: most words stand for themselves.
void add_word(std::string& key, std::string_view word) {
  const auto before = key.size();
  if (before > 0) key += ' ';
  const auto start = key.size();
  if (is_of_date(word)) {
    key += number;
  } else if (std::any_of(
                 word.begin(), word.end(), [](char c) { return is_digit(c) || c == ':'; })) {
    key += without_digits(word);
  } else {
    key += word;
  }
  if (key.size() == start) key.resize(before);
}

// The text as it is compared.
std::string key_of(std::string_view lower_words) {
  const auto whole = without_brackets(lower_words);
  std::string key;
  auto rest = without_prefix(whole);
  while (true) {
    const auto* const start = std::find_if_not(rest.begin(), rest.end(), is_mark);
    const auto* const end = std::find_if(start, rest.end(), is_mark);
    const std::string_view word(start, static_cast<std::size_t>(end - start));
    if (word.empty()) break;
    add_word(key, word);
    rest = {end, static_cast<std::size_t>(rest.end() - end)};
  }
  while (key.ends_with(" #"))
    key.erase(key.size() - 2);
  return key;
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
      auto reply = read_sample(text, one);
      auto key = key_of(lower_text(mail::ReplyWords(reply.lines).words()));
      if (key.empty()) continue;
      by_words_[std::move(key)].push_back({.greylister = i,
                                           .text = reply.text(),
                                           .code = reply.code,
                                           .status = reply.status,
                                           .stage = one.stage});
    }
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

std::vector<std::size_t> Signatures::find(const mail::ReplyFacts& reply) const {
  return find(reply, lower_text(mail::ReplyWords(reply.lines).words()));
}

std::vector<std::size_t> Signatures::find(const mail::ReplyFacts& reply,
                                          std::string_view lower_words) const {
  const auto found = by_words_.find(key_of(lower_words));
  if (found == by_words_.end()) return {};
  int best = needed(found->first, found->second);
  for (const auto& sample : found->second)
    best = std::max(best, fitness(sample, reply));
  if (found->second.size() == 1) {
    const auto& only = found->second.front();
    return fitness(only, reply) < best ? std::vector<std::size_t>() : std::vector{only.greylister};
  }
  // Those whose text it is to the letter first.
  const auto text = mail::Reply{.code = 0, .status = {}, .lines = reply.lines}.text();
  std::vector<std::size_t> fitting;
  for (const bool is_literal : {true, false}) {
    for (const auto& sample : found->second) {
      const bool is_known =
          std::find(fitting.begin(), fitting.end(), sample.greylister) != fitting.end();
      if (is_known || fitness(sample, reply) < best) continue;
      if ((sample.text == text) == is_literal) fitting.push_back(sample.greylister);
    }
  }
  return fitting;
}

}  // namespace greyhound::scheduler
