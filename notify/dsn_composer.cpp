#include "notify/dsn_composer.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "mail/address.hpp"
#include "mail/date.hpp"
#include "mail/utf8.hpp"
#include "notify/delivery_status.hpp"
#include "notify/mime_part.hpp"
#include "notify/notice_text.hpp"
#include "notify/returned_original.hpp"
#include "runtime/must.hpp"

namespace greyhound::notify {
namespace {

// A Message-ID that may stand in References as it is; a sender's own may be anything.
bool is_message_id(std::string_view text) {
  constexpr std::size_t longest = 900;
  if (text.size() < 5 || text.size() > longest) return false;
  if (text.front() != '<' || text.back() != '>') return false;
  const auto inner = text.substr(1, text.size() - 2);
  const auto at = inner.find('@');
  if (at == 0 || at == std::string_view::npos || at + 1 == inner.size()) return false;
  return std::all_of(inner.begin(), inner.end(), [](char c) {
    return c > ' ' && c <= '~' && c != '<' && c != '>';
  });
}

// From has to name a mailbox that people can write to, whatever the configuration holds.
std::string mailbox_of(const Reporter& reporter) {
  const auto address = mail::Address::parse(reporter.postmaster);
  const bool is_fit = address && !address->needs_smtp_utf8();
  return is_fit ? address->on_the_wire() : "postmaster@" + safe_host(reporter.hostname);
}

std::string from(const NoticeFacts& facts, const Reporter& reporter) {
  const auto name = display_name(facts.texts.front()->of(Phrase::from_name));
  return fmt::format("{}{}<{}>", name, name.empty() ? "" : " ", mailbox_of(reporter));
}

std::string languages(const NoticeFacts& facts) {
  std::string tags;
  for (const auto& texts : facts.texts)
    tags += (tags.empty() ? "" : ", ") + texts->language;
  return tags;
}

MimePart status_part(const NoticeFacts& facts, const Reporter& reporter) {
  auto fields = delivery_status(facts, reporter);
  if (!facts.is_global()) return {"message/delivery-status", "7bit", std::move(fields)};
  const auto* const encoding = mail::is_ascii(fields) ? "7bit" : "8bit";
  return {"message/global-delivery-status", encoding, std::move(fields)};
}

std::string header(const NoticeFacts& facts, const Reporter& reporter) {
  const auto host = safe_host(reporter.hostname);
  auto out = header_field("From", from(facts, reporter));
  // Whoever has a mailbox beyond ASCII reads a header beyond ASCII.
  out += header_field("To", fmt::format("<{}>", facts.to.on_the_wire()));
  out += header_field("Subject", header_words(notice_subject(facts)));
  out += header_field("Date", mail::date_text(facts.now));
  out += header_field("Message-ID", fmt::format("<{}@{}>", plain_id(facts.id), host));
  if (is_message_id(facts.original_message_id)) {
    out += header_field("In-Reply-To", facts.original_message_id);
    out += header_field("References", facts.original_message_id);
  }
  out += header_field("Auto-Submitted", "auto-replied");
  return out + header_field("MIME-Version", "1.0");
}

}  // namespace

std::string compose(const NoticeFacts& facts, const Reporter& reporter) {
  MUST(!facts.recipients.empty() && !facts.texts.empty());
  const auto original = returned_original(facts);
  const auto words = notice_text(facts, reporter, original.kind);
  std::vector<MimePart> parts{text_part("text/plain; charset=utf-8", words),
                              status_part(facts, reporter)};
  parts.front().language = languages(facts);
  if (original.part) parts.push_back(*original.part);

  std::string content;
  for (const auto& part : parts)
    content += part.to_string();
  const auto boundary = boundary_for(facts.id, content);

  auto out = header(facts, reporter);
  // The subtype of the second part (RFC 6522 section 3).
  const auto report_type = parts[1].type.substr(parts[1].type.find('/') + 1);
  out += header_field(
      "Content-Type",
      fmt::format(R"(multipart/report; report-type={}; boundary="{}")", report_type, boundary));
  // A multipart must admit to the widest encoding in it (RFC 2045 section 6.4).
  const bool is_eight_bit = std::any_of(
      parts.begin(), parts.end(), [](const MimePart& part) { return part.encoding == "8bit"; });
  out += header_field("Content-Transfer-Encoding", is_eight_bit ? "8bit" : "7bit");
  // The CR LF before a delimiter belongs to the delimiter: parts keep their own last line ending.
  for (const auto& part : parts) {
    out += fmt::format("\r\n--{}\r\n", boundary);
    out += part.to_string();
  }
  return out + fmt::format("\r\n--{}--\r\n", boundary);
}

}  // namespace greyhound::notify
