#include "smtp_client/smtp_courier.hpp"

#include <algorithm>
#include <utility>

#include "runtime/task_group.hpp"
#include "runtime/wake_signal.hpp"
#include "smtp_client/connect/dial_order.hpp"
#include "smtp_client/dns/mx_resolver.hpp"
#include "smtp_client/host_walk.hpp"
#include "smtp_client/recipient_limits.hpp"
#include "smtp_client/refused_logins.hpp"
#include "smtp_client/reply_meaning.hpp"
#include "smtp_client/required_tls.hpp"
#include "smtp_client/session_pool.hpp"
#include "smtp_client/sts/sts_rule.hpp"

namespace greyhound::smtp {
namespace {

Awaitable<Walked> walk(HostWalk::Parts parts,
                       mail::AttemptRequest request,
                       mail::Site site,
                       std::unique_ptr<Session> warm) {
  HostWalk on_foot(parts, std::move(request), std::move(site), std::move(warm));
  co_return co_await on_foot.run();
}

mail::AttemptReport all_alike(const mail::AttemptRequest& request, const mail::Outcome& outcome) {
  return {.outcomes = std::vector<mail::Outcome>(request.recipients.size(), outcome)};
}

mail::AttemptReport not_tried(const mail::AttemptRequest& request, const std::string& why) {
  auto report = all_alike(request, deferred(mail::Stage::auth, transient(7, 0), why));
  report.our_fault = why;
  return report;
}

Awaitable<> say_goodbye(std::unique_ptr<Session> session) {
  co_await session->quit();
}

class SmtpCourier final : public mail::Courier {
 public:
  SmtpCourier(const Executor& home, SmtpSettings settings, CourierParts parts)
      : settings_(std::move(settings)),
        loops_(parts.loops),
        network_(parts.network),
        clock_(parts.clock),
        log_(parts.log),
        tls_(parts.tls),
        sts_(parts.sts),
        trace_(parts.trace),
        mx_({.settings = settings_,
             .resolver = parts.resolver,
             .clock = parts.clock,
             .random = parts.random,
             .self_test = std::move(parts.self_test)}),
        pool_(settings_.sessions),
        pool_changed_(home),
        tasks_(home) {}

  Awaitable<mail::Located> locate(std::string domain,
                                  mail::ReversePath sender,
                                  mail::TlsWish wish) override {
    const bool may_have_policy = sts_ != nullptr && wish != mail::TlsWish::not_required &&
                                 settings_.tls.level != mail::TlsLevel::none &&
                                 !domain.starts_with('[') && !mx_.has_route(domain, sender);
    if (may_have_policy) sts_->look_ahead(domain);
    auto located = co_await mx_.locate(domain, std::move(sender), wish);
    auto* const site = std::get_if<mail::Site>(&located);
    if (site == nullptr) co_return located;
    if (const auto* const rule = mail::rule_for(settings_.sites, domain)) {
      site->per_session = rule->limits.per_session;
      // A route has addresses of its own, or those of all.
      const bool has_addresses = !rule->source_addresses.empty() && !site->is_route;
      if (has_addresses) site->sources = rule->source_addresses;
    }
    if (!may_have_policy) co_return located;
    co_return co_await under_policy(std::move(domain), std::move(*site));
  }

  // What an attempt shares with others is constant or guards itself: it may run on any loop.
  Awaitable<mail::AttemptReport> attempt(mail::AttemptRequest request, mail::Site site) override {
    const HostWalk::Parts parts{
        .settings = settings_,
        .network = network_,
        .clock = clock_,
        .log = log_,
        .tls = tls_,
        .broken_tls = broken_tls_,
        .reachability = reachability_,
        .trace = trace_,
        .most_recipients = recipient_limits_.most(site.key, clock_.steady())};
    if (auto why = refused_logins_.still_refused(site, clock_.steady())) {
      co_return not_tried(request, "the last login was refused: " + *why);
    }
    if (const auto refusal = hold_to_wish(request, site)) co_return all_alike(request, *refusal);
    auto warm = take_warm(request.affinity, site);
    const auto loop = warm.session ? warm.loop : next_loop_++ % loops_.size();
    auto attempt = walk(parts, std::move(request), site, std::move(warm.session));
    auto walked = co_await run_on(loops_.at(loop), std::move(attempt));
    if (walked.session) keep(site.key, {.session = std::move(walked.session), .loop = loop});
    refused_logins_.note(site, walked.report, clock_.steady());
    if (const auto answered = walked.answered_before_421) {
      recipient_limits_.note(site.key, *answered, clock_.steady());
    }
    co_return std::move(walked.report);
  }

  Awaitable<> let_go() override {
    for (auto& idle : pool_.take_all())
      end(std::move(idle));
    pool_changed_.wake();
    co_await tasks_.join();
  }

 private:
  // RFC 8461 section 3.1: the policy is that of the recipients' domain, wherever its MX are.
  Awaitable<mail::Located> under_policy(std::string domain, mail::Site site) {
    auto stored = co_await sts_->in_force(domain);
    if (!stored || stored->policy.mode == StsMode::none) co_return site;
    auto against = hosts_against(stored->policy, site);
    if (!against.empty() && against.size() == site.hosts.size()) {
      // A domain that moves may forget to give its new policy a new id.
      stored = co_await sts_->fetched_anew(domain);
      if (!stored || stored->policy.mode == StsMode::none) co_return site;
      against = hosts_against(stored->policy, site);
    }
    vouch(stored->policy, site);
    const bool is_enforced = stored->policy.mode == StsMode::enforce;
    for (const auto& host : against) {
      log_.info("mta_sts_mismatch",
                {{"domain", domain},
                 {"id", stored->id},
                 {"mode", to_string(stored->policy.mode)},
                 {"host", host},
                 {"then", is_enforced ? "left out" : "delivered all the same"}});
    }
    if (!is_enforced) co_return site;
    co_return enforce(*stored, std::move(site));
  }

  // Of the host that would be dialled first; one of a later host must not be preferred to it.
  IdleSession take_warm(const mail::Affinity& affinity, const mail::Site& site) {
    if (pool_.size() == 0) return {};
    const auto now = clock_.steady();
    const auto hosts = dial_order(site, affinity, 1, reachability_, now);
    if (hosts.empty()) return {};
    const auto& host = hosts.front();
    const auto wanted = host.tls.value_or(site.tls);
    const auto messages = site.per_session.value_or(settings_.sessions.messages);
    for (const auto& endpoint : host.endpoints) {
      const auto level = broken_tls_.level_for(endpoint, wanted, now);
      const SessionKind kind{.peer = peer_of(host, level),
                             .remote = endpoint,
                             .source = source_for(endpoint, affinity, site),
                             .credentials = site.credentials,
                             .messages = messages};
      if (auto idle = pool_.take(site.key, kind)) return std::move(*idle);
    }
    return {};
  }

  void keep(const std::string& site, IdleSession idle) {
    auto displaced = pool_.put(site, std::move(idle), clock_.steady());
    if (displaced) end(std::move(*displaced));
    if (!std::exchange(is_pool_watched_, true)) tasks_.spawn("idle sessions", end_expired());
  }

  void end(IdleSession idle) {
    auto goodbye = say_goodbye(std::move(idle.session));
    tasks_.spawn("goodbye", run_on(loops_.at(idle.loop), std::move(goodbye)));
  }

  // Lives as long as there are any.
  Awaitable<> end_expired() {
    while (const auto next = pool_.next_expiry()) {
      const auto wait = std::max(*next - clock_.steady(), Duration::zero());
      co_await pool_changed_.wait_at_most(&clock_, wait);
      for (auto& idle : pool_.take_expired(clock_.steady()))
        end(std::move(idle));
    }
    is_pool_watched_ = false;
  }

  const SmtpSettings settings_;
  Loops& loops_;
  Network& network_;
  Clock& clock_;
  EventLog& log_;
  TlsClient& tls_;
  StsPolicies* const sts_;
  mail::Trace& trace_;
  BrokenTls broken_tls_;
  Reachability reachability_;
  RecipientLimits recipient_limits_;
  RefusedLogins refused_logins_;
  MxResolver mx_;
  std::size_t next_loop_ = 0;
  SessionPool pool_;
  bool is_pool_watched_ = false;
  WakeSignal pool_changed_;
  TaskGroup tasks_;
};

}  // namespace

std::unique_ptr<mail::Courier> make_smtp_courier(const Executor& home,
                                                 SmtpSettings settings,
                                                 CourierParts parts) {
  return std::make_unique<SmtpCourier>(home, std::move(settings), std::move(parts));
}

}  // namespace greyhound::smtp
