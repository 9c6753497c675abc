#include "unit/config/settings_text.hpp"

#include <sstream>
#include <variant>

#include "runtime/duration_text.hpp"

namespace greyhound::config {
namespace {

void print(std::ostream& out, const intake::IntakeSettings& intake) {
  out << "intake " << intake.hostname << ' ' << intake.domain << ' ' << intake.max_message_bytes
      << ' ' << intake.max_recipients << ' ' << intake.max_sessions << ' '
      << intake.max_header_bytes << ' ' << intake.max_line_bytes << " bare "
      << static_cast<int>(intake.bare_line_ends) << " completes " << intake.completes_headers
      << " client " << intake.per_client.sessions << ' ' << intake.per_client.messages_per_minute
      << ' ' << intake.per_client.recipients_per_minute << " local "
      << (intake.local_to ? intake.local_to->text() : "nobody") << " tls "
      << (intake.tls ? intake.tls->certificate.string() + " " + intake.tls->key.string() : "none")
      << " passwords " << intake.password_file.value_or("none").string();
  for (const auto& listener : intake.listeners) {
    if (const auto* tcp = std::get_if<intake::TcpListener>(&listener)) {
      out << " tcp " << tcp->at.to_string() << ' ' << static_cast<int>(tcp->tls);
    } else {
      const auto& socket = std::get<intake::UnixListener>(listener);
      out << " unix " << socket.path.string() << ' ' << std::oct << socket.mode << std::dec;
    }
  }
  for (const auto& network : intake.relay_from)
    out << " from " << network.to_string();
  out << '\n';
}

void print(std::ostream& out, const std::vector<mail::SiteRule>& rules) {
  for (const auto& rule : rules) {
    out << " limits";
    for (const auto& glob : rule.domains)
      out << " to " << glob;
    const auto& [per_site, per_minute, per_session] = rule.limits;
    out << ' ' << per_site.value_or(0) << ' ' << per_minute.value_or(0) << ' '
        << per_session.value_or(0);
    for (const auto& address : rule.source_addresses)
      out << " from " << address.to_string();
  }
}

void print(std::ostream& out, const smtp::SmtpSettings& smtp) {
  const auto& limits = smtp.timeouts;
  out << "smtp " << smtp.hostname << ' ' << smtp.port << ' ' << static_cast<int>(smtp.family) << ' '
      << smtp.max_mx << " sessions " << smtp.sessions.messages << ' ' << smtp.sessions.idle.count()
      << ' ' << smtp.sessions.age.count() << " at once " << smtp.at_once << " timeouts";
  for (const auto& limit : {limits.connect,
                            limits.greeting,
                            limits.ehlo,
                            limits.mail,
                            limits.rcpt,
                            limits.data,
                            limits.block,
                            limits.final}) {
    out << ' ' << limit.count();
  }
  out << " tls " << static_cast<int>(smtp.tls.level) << " dane " << smtp.tls.dane << " sts "
      << smtp.tls.mta_sts << ' ' << smtp.tls.ca_file.value_or("the system's").string();
  for (const auto& address : smtp.source_addresses)
    out << " source " << address.to_string();
  for (const auto& network : smtp.deny_targets)
    out << " deny " << network.to_string();
  for (const auto& endpoint : smtp.own_listeners)
    out << " own " << endpoint.to_string();
  print(out, smtp.sites);
  for (const auto& route : smtp.routes) {
    out << "\nroute";
    if (route.tls) out << " tls " << static_cast<int>(*route.tls);
    for (const auto& glob : route.domains)
      out << " to " << glob;
    for (const auto& glob : route.senders)
      out << " by '" << glob << "'";
    for (const auto& address : route.source_addresses)
      out << " from " << address.to_string();
    for (const auto& hop : route.next_hops) {
      out << " via " << hop.host << ' ' << hop.port << ' ' << hop.weight;
    }
    if (route.credentials) {
      out << " as " << route.credentials->user << ' '
          << route.credentials->password.reveal().size();
      for (const auto mechanism : route.credentials->mechanisms)
        out << ' ' << to_string(mechanism);
    }
  }
  out << '\n';
}

void print(std::ostream& out, const scheduler::RetryRule& rule) {
  out << "rule " << rule.name;
  for (const auto& glob : rule.match.domains)
    out << " domain " << glob;
  for (const auto& glob : rule.match.mx)
    out << " mx " << glob;
  for (const auto& glob : rule.match.senders)
    out << " sender '" << glob << "'";
  for (const auto one : rule.match.classes)
    out << " class " << mail::to_string(one);
  for (const auto& glob : rule.match.codes)
    out << " code " << glob;
  for (const auto& glob : rule.match.texts)
    out << " text " << glob;
  for (const auto wait : rule.retry)
    out << " retry " << to_text(wait);
  for (const auto wait : rule.greylist)
    out << " greylist " << to_text(wait);
  out << " jitter " << rule.jitter_fraction << " adapt " << rule.adapt << " lifetime "
      << to_text(rule.lifetime) << " null " << to_text(rule.lifetime_null_sender) << " attempts "
      << rule.max_attempts.value_or(0) << " in doubt " << to_text(rule.in_doubt_wait) << ' '
      << static_cast<int>(rule.in_doubt_then) << '\n';
}

void print(std::ostream& out, const scheduler::RampSettings& ramp) {
  out << "ramp " << ramp.per_second << ' ' << ramp.per_site_per_second << ' '
      << to_text(ramp.doubles_every) << '\n';
}

void print(std::ostream& out, const notify::NoticeTerms& terms) {
  out << "delay " << terms.delay.is_enabled << ' ' << terms.delay.after_retry << ' '
      << to_text(terms.delay.not_before) << ' ' << to_text(terms.delay.grace) << ' '
      << terms.delay.skip_bulk << " failure " << terms.failure.is_enabled << ' '
      << static_cast<int>(terms.failure.return_content) << ' ' << terms.failure.max_body_bytes
      << " success " << terms.success.is_enabled;
  for (const auto& texts : terms.texts)
    out << ' ' << texts->language << ' ' << texts->of(notify::Phrase::from_name);
  out << '\n';
}

void print(std::ostream& out, const notify::NotificationSettings& settings) {
  print(out, static_cast<const notify::NoticeTerms&>(settings));
  for (const auto& rule : settings.rules) {
    for (const auto& glob : rule.senders)
      out << "sender " << glob << ' ';
    for (const auto& glob : rule.domains)
      out << "domain " << glob << ' ';
    for (const auto reply_class : rule.classes)
      out << "class " << mail::to_string(reply_class) << ' ';
    print(out, rule.terms);
  }
  out << "postmaster " << settings.postmaster << ' ' << settings.copies.of_failures
      << settings.copies.of_delays << settings.copies.of_bounces << " keep "
      << to_text(settings.keep_undeliverable) << '\n';
}

}  // namespace

std::string settings_text(const Settings& settings) {
  std::ostringstream out;
  out << settings.hostname << ' ' << settings.domain << ' ' << settings.state_dir.string() << ' '
      << settings.control_socket.string() << ' ' << settings.threads << '\n';
  out << "queue " << settings.queue.folder.string() << ' ' << settings.queue.memory_bytes << ' '
      << settings.queue.reserve_disk_bytes << ' ' << settings.queue.ledger_keep.count() << ' '
      << settings.queue.ledger_bytes << '\n';
  out << "dns " << settings.dns.timeout.count() << ' ' << settings.dns.self_test.value_or("") << ' '
      << static_cast<int>(settings.dns.dnssec) << ' '
      << settings.dns.trust_anchor.value_or("the root's").string();
  for (const auto& server : settings.dns.servers)
    out << ' ' << server.to_string();
  out << "\nconcurrency " << settings.concurrency.per_site << ' ' << settings.concurrency.total
      << '\n';
  print(out, settings.concurrency.sites);
  print(out, settings.intake);
  print(out, settings.smtp);
  for (const auto& rule : settings.retry.rules)
    print(out, rule);
  print(out, settings.retry.ramp);
  const auto& hints = settings.retry.hints;
  out << "hints " << hints.obey << ' ' << to_text(hints.min) << ' ' << to_text(hints.max) << ' '
      << to_text(hints.margin) << '\n';
  out << "learning " << settings.retry.learning.is_enabled << ' '
      << to_text(settings.retry.learning.forget_after) << '\n';
  out << "signatures " << settings.retry.obeys_signatures << '\n';
  print(out, settings.notification);
  return out.str();
}

}  // namespace greyhound::config
