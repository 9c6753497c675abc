// ReplyWords: what a reply says, apart from whom it names. "<grey@full.example>: Mailbox busy, see
// http://example.org/" says "<@>: Mailbox busy, see @"; the address says nothing about the reason.
// Host names and URLs are kept aside: some do.
// Limits: the first 1 KiB of the text; no allocation. Bytes that are no UTF-8 are taken for
// ISO 8859-1. Runs on: any. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace greyhound::mail {

class ReplyWords {
 public:
  static constexpr std::size_t most_bytes = 1024;

  explicit ReplyWords(const std::vector<std::string>& lines);

  std::string_view words() const { return words_.view(); }  // one space between any two
  std::string_view names() const { return names_.view(); }  // the same

 private:
  // Room for a text in which every byte becomes two.
  struct Buffer {
    std::array<char, 2 * most_bytes> bytes;
    std::size_t size = 0;

    std::string_view view() const { return {bytes.data(), size}; }
    void add(char c) {
      if (size < bytes.size()) bytes[size++] = c;
    }
    void add_text(std::string_view text);
  };

  void add_line(std::string_view line);
  void add_space();
  void add_token(std::string_view token);
  void add_name(std::string_view name);

  Buffer words_;
  Buffer names_;
};

}  // namespace greyhound::mail
