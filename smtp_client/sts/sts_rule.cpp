#include "smtp_client/sts/sts_rule.hpp"

#include <algorithm>
#include <utility>

#include "smtp_client/reply_meaning.hpp"

namespace greyhound::smtp {
namespace {

// DANE decides wherever it can (RFC 8461 section 2). A host whose TLSA records are of no use has a
// level of its own as well, but there a policy may ask for more.
bool is_held_to_dane(const mail::Host& host) {
  return host.tls == mail::TlsLevel::dane;
}

bool is_against(const StsPolicy& policy, const mail::Host& host) {
  return !is_held_to_dane(host) && !permits(policy, host.name);
}

}  // namespace

std::vector<std::string> hosts_against(const StsPolicy& policy, const mail::Site& site) {
  std::vector<std::string> names;
  for (const auto& host : site.hosts) {
    if (is_against(policy, host)) names.push_back(host.name);
  }
  return names;
}

void vouch(const StsPolicy& policy, mail::Site& site) {
  for (auto& host : site.hosts) {
    if (permits(policy, host.name)) host.is_vouched_for = true;
  }
}

mail::Located enforce(const StoredStsPolicy& stored, mail::Site site) {
  std::erase_if(site.hosts,
                [&](const mail::Host& host) { return is_against(stored.policy, host); });
  if (site.hosts.empty()) {
    auto reason =
        stored.domain + ": its MTA-STS policy " + stored.id + " permits none of its MX hosts";
    return mail::NoSite{.outcome = deferred(mail::Stage::tls, transient(7, 5), std::move(reason))};
  }
  for (auto& host : site.hosts) {
    if (!is_held_to_dane(host)) host.tls = std::max(site.tls, mail::TlsLevel::verify);
  }
  return site;
}

}  // namespace greyhound::smtp
