#include "smtp_client/obstacles.hpp"

#include <algorithm>

#include "smtp_client/reply_meaning.hpp"

namespace greyhound::smtp {

using mail::Outcome;
using mail::Stage;

namespace {

// SMTPUTF8 without 8BITMIME is not the extension (RFC 6531 section 3.1).
bool takes_utf8(const Extensions& offered) {
  return offered.has_smtp_utf8 && offered.has_eight_bit_mime;
}

bool needs_utf8(const mail::ReversePath& path) {
  return path && path->needs_smtp_utf8();
}

}  // namespace

std::optional<Outcome> envelope_obstacle(const mail::AttemptRequest& request,
                                         const mail::Recipient& recipient,
                                         const Extensions& offered,
                                         const std::string& host) {
  if (takes_utf8(offered)) return std::nullopt;
  const auto why = [&host](std::string_view what) {
    return host + ": does not take " + std::string(what) + " beyond ASCII (SMTPUTF8)";
  };
  if (recipient.address.needs_smtp_utf8()) {
    return refused(Stage::mail, permanent(6, 7), why("an address"));
  }
  if (needs_utf8(request.reverse_path)) {
    return refused(Stage::mail, permanent(6, 7), why("a sender's address"));
  }
  if (!request.has_utf8_header) return std::nullopt;
  return refused(Stage::mail, permanent(6, 9), why("a header"));
}

std::optional<Outcome> size_obstacle(std::uint64_t size_bytes,
                                     const Extensions& offered,
                                     const std::string& host) {
  const auto limit = offered.size_limit_bytes;
  if (!limit || size_bytes <= *limit) return std::nullopt;
  return refused(Stage::mail,
                 permanent(3, 4),
                 host + ": takes at most " + std::to_string(*limit) + " bytes, the message has " +
                     std::to_string(size_bytes));
}

Outcome eight_bit_obstacle(const std::string& problem, const std::string& host) {
  return refused(
      Stage::mail,
      permanent(6, 3),
      host + ": does not take 8-bit content (8BITMIME), which cannot be converted: " + problem);
}

bool uses_smtp_utf8(const mail::AttemptRequest& request,
                    const std::vector<std::size_t>& recipients,
                    const Extensions& offered) {
  if (!takes_utf8(offered)) return false;
  const bool may_be_meant = request.is_smtp_utf8 && request.is_eight_bit;
  if (may_be_meant || request.has_utf8_header || needs_utf8(request.reverse_path)) return true;
  return std::any_of(recipients.begin(), recipients.end(), [&request](std::size_t index) {
    return request.recipients.at(index).address.needs_smtp_utf8();
  });
}

}  // namespace greyhound::smtp
