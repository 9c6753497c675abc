#include "smtp_client/reply_meaning.hpp"

#include <array>
#include <optional>
#include <utility>

#include "runtime/duration_text.hpp"
#include "runtime/must.hpp"

namespace greyhound::smtp {

using mail::EnhancedStatus;
using mail::Outcome;
using mail::Reply;
using mail::Stage;
using mail::Verdict;

namespace {

// The status of a bare code, where the code says enough; X.0.0 for all others.
struct StatusRow {
  int code;
  std::optional<Stage> stage;  // none: any
  std::uint16_t subject;
  std::uint16_t detail;
};

constexpr std::array status_rows{
    StatusRow{421, std::nullopt, 3, 2},   // shutting down, or not taking mail now
    StatusRow{500, std::nullopt, 5, 2},   // syntax
    StatusRow{501, std::nullopt, 5, 4},   // parameters
    StatusRow{502, std::nullopt, 5, 1},   // command
    StatusRow{503, std::nullopt, 5, 1},   // sequence
    StatusRow{504, std::nullopt, 5, 4},   // parameter not implemented
    StatusRow{521, std::nullopt, 3, 2},   // takes no mail (RFC 7504)
    StatusRow{530, std::nullopt, 7, 0},   // wants authentication
    StatusRow{552, Stage::rcpt, 2, 2},    // mailbox full
    StatusRow{552, std::nullopt, 3, 4},   // message too big
    StatusRow{553, Stage::rcpt, 1, 3},    // mailbox name not allowed
    StatusRow{553, Stage::mail, 1, 7},    // sender's address
    StatusRow{556, std::nullopt, 1, 10},  // takes no mail (RFC 7504, RFC 7505)
};

EnhancedStatus::Class class_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::delivered:
      return EnhancedStatus::Class::success;
    case Verdict::refused:
      return EnhancedStatus::Class::permanent;
    case Verdict::deferred:
    case Verdict::unknown:
      break;
  }
  return EnhancedStatus::Class::transient;
}

EnhancedStatus status_of(Verdict verdict, Stage stage, const Reply& reply) {
  if (reply.status) return reply.status->with_class(class_of(verdict));
  for (const auto& row : status_rows) {
    if (row.code == reply.code && (!row.stage || *row.stage == stage)) {
      return {class_of(verdict), row.subject, row.detail};
    }
  }
  return {class_of(verdict), 0, 0};
}

Outcome with_reply(Verdict verdict, Stage stage, EnhancedStatus status, Reply reply) {
  return {.verdict = verdict,
          .stage = stage,
          .status = status,
          .reply = std::move(reply),
          .reason = {}};
}

}  // namespace

bool goes_on(Stage stage, const Reply& reply) {
  // A 220 there is a second greeting: from then on each reply would be taken for the next one.
  if (stage == Stage::ehlo) return reply.code == 250;
  return reply.first_digit() == (stage == Stage::data ? 3 : 2);
}

Outcome outcome_of(Stage stage, Reply reply) {
  const bool is_final_dot = stage == Stage::eom;
  MUST(is_final_dot || !goes_on(stage, reply));
  Verdict verdict = Verdict::deferred;
  // A server that never speaks TLS may take the mail some day, or another host of the site now.
  if (reply.is_permanent() && stage != Stage::tls) verdict = Verdict::refused;
  if (is_final_dot && reply.is_positive()) verdict = Verdict::delivered;
  const bool is_out_of_place =
      verdict == Verdict::deferred && !reply.is_transient() && !reply.is_permanent();
  if (is_out_of_place) {
    // A 2yz for a 3yz or the reverse. After the dot nobody can tell what the server made of it.
    const auto so = is_final_dot ? Verdict::unknown : Verdict::deferred;
    return with_reply(so, stage, transient(5, 0), std::move(reply));
  }
  const auto status = status_of(verdict, stage, reply);
  return with_reply(verdict, stage, status, std::move(reply));
}

Outcome outcome_after_accepted_recipients(Reply reply) {
  if (reply.code != 552) return outcome_of(Stage::rcpt, std::move(reply));
  return with_reply(Verdict::deferred, Stage::rcpt, transient(5, 3), std::move(reply));
}

Outcome outcome_without_reply(std::string_view host, const Step& step, const Error& error) {
  const std::string awaited(step.awaited);
  std::string reason = std::string(host) + ": ";
  auto status = transient(4, 2);
  switch (error.fault) {
    case Fault::timeout:
      reason += "no " + awaited + " within " + to_text(step.limit);
      break;
    case Fault::closed:
      reason += "connection closed before the " + awaited;
      break;
    case Fault::protocol:
      reason += "cannot make sense of the " + awaited + ": " + error.what;
      status = transient(5, 0);
      break;
    default:
      reason += error.what + " before the " + awaited;
  }
  const auto verdict = step.stage == Stage::eom ? Verdict::unknown : Verdict::deferred;
  return {.verdict = verdict,
          .stage = step.stage,
          .status = status,
          .reply = {},
          .reason = std::move(reason)};
}

Outcome deferred(Stage stage, EnhancedStatus status, std::string reason) {
  return {.verdict = Verdict::deferred,
          .stage = stage,
          .status = status,
          .reply = {},
          .reason = std::move(reason)};
}

Outcome refused(Stage stage, EnhancedStatus status, std::string reason) {
  return {.verdict = Verdict::refused,
          .stage = stage,
          .status = status,
          .reply = {},
          .reason = std::move(reason)};
}

}  // namespace greyhound::smtp
