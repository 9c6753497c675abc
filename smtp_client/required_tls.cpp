#include "smtp_client/required_tls.hpp"

#include <algorithm>
#include <utility>

#include "smtp_client/reply_meaning.hpp"

namespace greyhound::smtp {

using mail::Outcome;
using mail::Stage;
using mail::TlsLevel;
using mail::TlsWish;

namespace {

constexpr auto encryption_needed = permanent(7, 10);
constexpr auto requiretls_needed = permanent(7, 30);

bool demands_tls(const mail::AttemptRequest& request) {
  return request.tls_wish == TlsWish::required && request.reverse_path.has_value();
}

}  // namespace

std::optional<Outcome> hold_to_wish(mail::AttemptRequest& request, mail::Site& site) {
  if (request.tls_wish != TlsWish::required) return std::nullopt;
  const auto is_stranger = [](const mail::Host& host) { return !host.is_vouched_for; };
  if (!demands_tls(request)) {
    const bool has_strangers = std::any_of(site.hosts.begin(), site.hosts.end(), is_stranger);
    if (has_strangers) request.tls_wish = TlsWish::as_usual;
    return std::nullopt;
  }
  std::erase_if(site.hosts, is_stranger);
  if (site.hosts.empty() && !site.missing.empty()) {
    return deferred(Stage::dns, transient(4, 3), site.missing);
  }
  if (site.hosts.empty()) {
    return refused(Stage::tls,
                   requiretls_needed,
                   site.key +
                       ": neither signed MX records nor an MTA-STS policy show that this is "
                       "where the mail belongs, which its sender demands (REQUIRETLS)");
  }
  for (auto& host : site.hosts) {
    const auto level = host.tls.value_or(site.tls);
    if (!mail::is_authenticated(level)) host.tls = TlsLevel::verify;
  }
  return std::nullopt;
}

Outcome with_lack_final(const mail::AttemptRequest& request, Outcome setback) {
  const bool lacks_starttls =
      setback.stage == Stage::tls && !setback.reply && setback.status == transient(7, 10);
  if (!demands_tls(request) || !lacks_starttls) return setback;
  return refused(Stage::tls, encryption_needed, std::move(setback.reason));
}

std::optional<Outcome> require_tls_obstacle(const mail::AttemptRequest& request,
                                            const Extensions& offered,
                                            const std::string& host) {
  if (!demands_tls(request) || offered.has_require_tls) return std::nullopt;
  return refused(Stage::mail,
                 requiretls_needed,
                 host + ": does not promise TLS on the further way (REQUIRETLS)");
}

}  // namespace greyhound::smtp
