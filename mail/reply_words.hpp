// ReplyWords: what a reply says, apart from whom it names. "<grey@full.example>: Mailbox busy, see
// http://example.org/" says "<@>: mailbox busy, see @"; the address says nothing about the reason.
// Host names and URLs are kept aside: some do.
// Everything is in lower case: letters of ASCII, and of Latin, Greek and Cyrillic writing. Whoever
// reads a reply reads this, which is made once for all of them.
// Limits: the first 1 KiB of the text. Bytes that are no UTF-8 are taken for ISO 8859-1.
// Runs on: any. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace greyhound::mail {

class ReplyWords {
 public:
  static constexpr std::size_t most_bytes = 1024;

  ReplyWords() = default;  // of nothing
  explicit ReplyWords(const std::vector<std::string>& lines);

  std::string_view words() const { return words_; }  // one space between any two
  std::string_view names() const { return names_; }  // the same

 private:
  void add_line(std::string_view line);
  void add_space();
  void add_token(std::string_view token);
  void add_name(std::string_view name);

  std::string words_;
  std::string names_;
};

}  // namespace greyhound::mail
