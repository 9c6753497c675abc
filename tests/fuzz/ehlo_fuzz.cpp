// What a server offers: parse_extensions over the lines of an EHLO reply.
#include <cctype>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/must.hpp"
#include "smtp_client/extensions.hpp"

namespace greyhound::smtp {
namespace {

mail::Reply reply_of(std::vector<std::string> lines) {
  return {.code = 250, .status = {}, .lines = std::move(lines)};
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  for (;;) {
    const auto end = text.find('\n');
    lines.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return lines;
    text.remove_prefix(end + 1);
  }
}

std::vector<std::string> in_capitals(std::vector<std::string> lines) {
  for (auto& line : lines) {
    for (char& c : line) {
      if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    }
  }
  return lines;
}

void check_offer(const std::vector<std::string>& lines) {
  const auto offered = parse_extensions(reply_of(lines));
  if (offered.size_limit_bytes) MUST(offered.has_size && *offered.size_limit_bytes > 0);
  MUST(parse_extensions(reply_of(in_capitals(lines))) == offered);

  auto other_name = lines;
  other_name.front() = "STARTTLS";  // a server may call itself anything
  MUST(parse_extensions(reply_of(other_name)) == offered);

  auto longer = lines;
  longer.insert(longer.end(), {"", " ", "X-UNHEARD-OF of"});
  MUST(parse_extensions(reply_of(longer)) == offered);

  auto twice = lines;
  twice.insert(twice.end(), lines.begin() + 1, lines.end());
  MUST(parse_extensions(reply_of(twice)) == offered);

  const std::vector<std::string> name_only{lines.front()};
  MUST(parse_extensions(reply_of(name_only)) == Extensions{});
}

}  // namespace
}  // namespace greyhound::smtp

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  greyhound::smtp::check_offer(greyhound::smtp::lines_of(text));
  return 0;
}
