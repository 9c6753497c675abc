// What a server answers: ReplyReader, make_reply and EnhancedStatus. However the bytes are cut, the
// replies are the same and within their bounds.
#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "mail/enhanced_status.hpp"
#include "mail/reply.hpp"
#include "runtime/must.hpp"
#include "smtp_client/reply_reader.hpp"
#include "smtp_client/smtp_settings.hpp"

namespace greyhound::smtp {
namespace {

// So narrow that a short input reaches them.
constexpr ReplyLimits narrow{.max_bytes = 200, .max_lines = 4, .max_line_bytes = 80};
constexpr std::size_t largest_chunk = 40;

ReplyLimits shipped() {
  const SmtpSettings settings;
  return {.max_bytes = settings.max_reply_bytes,
          .max_lines = settings.max_reply_lines,
          .max_line_bytes = settings.max_reply_line_bytes};
}

// What a reader gave for some bytes.
struct Heard {
  std::vector<mail::Reply> replies;
  std::optional<std::string> error;
  bool has_unread = false;
  friend bool operator==(const Heard&, const Heard&) = default;
};

Heard hear(ReplyLimits limits,
           std::string_view bytes,
           const std::function<std::size_t()>& next_size) {
  ReplyReader reader(limits);
  Heard heard;
  while (!bytes.empty()) {
    const auto chunk = bytes.substr(0, std::max<std::size_t>(next_size(), 1));
    bytes.remove_prefix(chunk.size());
    reader.feed(chunk);
    while (const auto next = reader.next()) {
      if (*next) {
        MUST(!heard.error);  // nothing means anything behind an error
        heard.replies.push_back(**next);
        continue;
      }
      const auto& why = next->error();
      MUST(why.fault == Fault::protocol && why.what == heard.error.value_or(why.what));
      heard.error = why.what;
      break;
    }
  }
  heard.has_unread = reader.has_unread();
  return heard;
}

bool has_controls(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < ' ' || c == '\x7f';
  });
}

void check_status(const mail::Reply& reply) {
  auto made = mail::make_reply(reply.code, reply.lines);
  MUST(made.lines.size() == reply.lines.size());
  MUST(!has_controls(made.to_string()) && made.to_string().starts_with(std::to_string(made.code)));
  const auto lines = made.to_lines();
  const auto breaks = std::count(lines.begin(), lines.end(), '\n');
  MUST(static_cast<std::size_t>(breaks) + 1 == made.lines.size());
  if (!made.status) {
    MUST(made == reply);
    return;
  }
  MUST(static_cast<int>(made.status->status_class()) == made.first_digit());
  MUST(made.status->subject() <= 999 && made.status->detail() <= 999);
  MUST(mail::EnhancedStatus::parse(made.status->to_string()) == made.status);
}

void check_reply(const ReplyLimits& limits, const mail::Reply& reply) {
  MUST(reply.code >= 200 && reply.code <= 599);
  MUST(!reply.lines.empty() && reply.lines.size() <= limits.max_lines);
  MUST(!reply.status);
  std::string written;
  for (std::size_t i = 0; i < reply.lines.size(); ++i) {
    const auto& line = reply.lines[i];
    MUST(!has_controls(line) && line.size() < limits.max_line_bytes);
    written += std::to_string(reply.code) + (i + 1 < reply.lines.size() ? '-' : ' ') + line + "\n";
  }
  // A bare code may have stood for a line that is written with a space behind it.
  MUST(written.size() <= limits.max_bytes + reply.lines.size());
  const ReplyLimits ample{1 << 20, 1 << 20, 1 << 20};
  const auto again = hear(ample, written, [] { return std::size_t{1} << 20; });
  MUST(again.replies == std::vector{reply} && !again.error && !again.has_unread);
  check_status(reply);
}

void check_replies(ReplyLimits limits, std::string_view bytes) {
  const auto whole = hear(limits, bytes, [&] { return bytes.size(); });
  MUST(hear(limits, bytes, [] { return std::size_t{1}; }) == whole);
  std::minstd_rand chance(
      static_cast<std::minstd_rand::result_type>(std::hash<std::string_view>{}(bytes)));
  MUST(hear(limits, bytes, [&] { return chance() % largest_chunk; }) == whole);
  for (const auto& reply : whole.replies)
    check_reply(limits, reply);
}

}  // namespace
}  // namespace greyhound::smtp

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace greyhound;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  smtp::check_replies(smtp::narrow, bytes);
  smtp::check_replies(smtp::shipped(), bytes);
  if (const auto status = mail::EnhancedStatus::parse(bytes)) MUST(status->to_string() == bytes);
  return 0;
}
