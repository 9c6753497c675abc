#include "e2e/numbered_letter.hpp"

#include <charconv>
#include <vector>

#include "e2e/notice_reader.hpp"
#include "runtime/random.hpp"

namespace greyhound::e2e {
namespace {

constexpr std::size_t hand_written_bytes = 3'000;
constexpr std::size_t chunk_bytes = std::size_t{64} * 1024;

struct Part {
  std::string_view domain;
  unsigned recipients;
};

// Mostly mail that can be delivered: what defers for ever stays in the queue.
std::vector<Part> parts_of(std::uint64_t chance) {
  if (chance < 40) return {{open_domain, 1}};
  if (chance < 55) return {{open_domain, 2}};
  if (chance < 70) return {{open_domain, 1}, {grey_domain, 1}};
  if (chance < 85) return {{grey_domain, 2}};
  if (chance < 92) return {{full_domain, 1}};
  if (chance < 96) return {{open_domain, 1}, {full_domain, 2}};
  return {{full_domain, 1}, {grey_domain, 2}, {open_domain, 2}};
}

std::string body(Random& random, std::size_t size_bytes) {
  std::string text;
  while (text.size() < size_bytes) {
    if (random.below(8) == 0) text += '.';  // has to survive dot stuffing
    for (int words = 0; words < 4; ++words)
      text += std::to_string(random.next()) + ' ';
    text += "\r\n";
  }
  return text;
}

}  // namespace

peers::Letter numbered_letter(std::uint64_t seed, std::uint64_t number) {
  Random random(seed * 1'000'003 + number);
  const auto name = std::to_string(number);
  peers::Letter letter{
      .sender = "ann@" + std::string(sender_domain), .recipients = {}, .bytes = {}};
  for (const auto& part : parts_of(random.below(100))) {
    for (unsigned i = 1; i <= part.recipients; ++i) {
      letter.recipients.push_back("to" + name + "-" + std::to_string(i) + "@" +
                                  std::string(part.domain));
    }
  }
  const bool is_large = random.below(40) == 0;
  const auto size_bytes =
      is_large ? chunk_bytes + random.below(2 * chunk_bytes) : random.below(hand_written_bytes);
  letter.bytes = "From: Ann <ann@sender.example>\r\nSubject: Letter " + name +
                 "\r\nDate: Mon, 02 Mar 2026 09:00:00 +0000\r\nMessage-ID: <" + name +
                 "@sender.example>\r\nX-Number: " + name + "\r\n\r\n" + body(random, size_bytes);
  return letter;
}

std::optional<std::uint64_t> number_in(std::string_view header) {
  const auto fields = read_header(header);
  const auto found = fields.find("x-number");
  if (found == fields.end()) return std::nullopt;
  const auto& text = found->second;
  std::uint64_t number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::string_view domain_of(std::string_view mailbox) {
  return mailbox.substr(mailbox.find('@') + 1);
}

}  // namespace greyhound::e2e
