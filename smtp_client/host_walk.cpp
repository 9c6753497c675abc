#include "smtp_client/host_walk.hpp"

#include <algorithm>
#include <utility>

#include "runtime/must.hpp"
#include "smtp_client/connect/dial_order.hpp"
#include "smtp_client/reply_meaning.hpp"
#include "smtp_client/required_tls.hpp"

namespace greyhound::smtp {

using mail::Outcome;
using mail::Stage;
using mail::Verdict;

namespace {

constexpr std::size_t max_recipients = 100;  // RFC 5321 section 4.5.3.1.8

// Of several hosts' answers the one to go by: a host that may take the mail later outweighs one
// that never will, and what a server said outweighs that another could not be reached.
int weight(const Outcome& outcome) {
  if (outcome.verdict == Verdict::refused) return 0;
  return outcome.stage == Stage::connect || outcome.stage == Stage::dns ? 1 : 2;
}

std::vector<std::size_t> take_group(std::vector<std::size_t>& members, std::size_t most) {
  const auto end = members.begin() + static_cast<std::ptrdiff_t>(std::min(most, members.size()));
  std::vector<std::size_t> group(members.begin(), end);
  members.erase(members.begin(), end);
  return group;
}

TransactionReport same_for_all(const std::vector<std::size_t>& members, const Outcome& outcome) {
  return {.outcomes = std::vector<Outcome>(members.size(), outcome)};
}

// Of recipients whose turn did not come: the connection was lost with those before them, or our own
// store failed.
TransactionReport left_behind(const std::vector<std::size_t>& members,
                              const std::string& host,
                              const std::optional<std::string>& our_fault) {
  const auto why = our_fault
                       ? deferred(Stage::local, transient(3, 0), "our own store: " + *our_fault)
                       : deferred(Stage::mail,
                                  transient(4, 2),
                                  host + ": connection lost before the turn of this recipient");
  auto report = same_for_all(members, why);
  report.our_fault = our_fault;
  return report;
}

// After a crash all that this attempt has delivered so far is in doubt, not only what the last of
// its transactions was about.
class MarkOfWholeAttempt final : public mail::InDoubtMark {
 public:
  using Outcomes = std::vector<std::optional<Outcome>>;
  MarkOfWholeAttempt(std::unique_ptr<InDoubtMark> mark, const Outcomes& outcomes)
      : mark_(std::move(mark)), outcomes_(outcomes) {}

  Awaitable<Result<>> set(std::vector<std::size_t> accepted) override {
    for (std::size_t i = 0; i < outcomes_.size(); ++i) {
      const auto& outcome = outcomes_[i];
      const bool may_be_there = outcome && (outcome->verdict == Verdict::delivered ||
                                            outcome->verdict == Verdict::unknown);
      if (may_be_there) accepted.push_back(i);
    }
    co_return co_await mark_->set(std::move(accepted));
  }

 private:
  std::unique_ptr<InDoubtMark> mark_;
  const Outcomes& outcomes_;
};

}  // namespace

// Behind an address literal there is no name to ask for, only the address.
TlsPeer peer_of(const mail::Host& host, mail::TlsLevel level) {
  const bool is_literal = host.name.starts_with('[') && !host.endpoints.empty();
  TlsPeer peer{.name = is_literal ? host.endpoints.front().address.to_string() : host.name,
               .level = level};
  if (level == mail::TlsLevel::dane) peer.dane = host.dane;
  return peer;
}

HostWalk::HostWalk(Parts parts,
                   mail::AttemptRequest request,
                   mail::Site site,
                   std::unique_ptr<Session> warm)
    : parts_(parts),
      request_(std::move(request)),
      site_(std::move(site)),
      trace_(parts_.trace, request_),
      dialer_({.network = parts_.network,
               .clock = parts_.clock,
               .log = parts_.log,
               .reachability = parts_.reachability,
               .limit = parts_.settings.timeouts.connect,
               .site = site_,
               .affinity = request_.affinity,
               .label = request_.label,
               .trace = &trace_}),
      warm_(std::move(warm)),
      outcomes_(request_.recipients.size()),
      decided_by_(outcomes_.size()) {
  MUST(!outcomes_.empty() && outcomes_.size() <= max_recipients);
  for (std::size_t i = 0; i < outcomes_.size(); ++i)
    open_.push_back(i);
  auto mark = std::move(request_.in_doubt);
  request_.in_doubt = std::make_unique<MarkOfWholeAttempt>(std::move(mark), outcomes_);
}

Awaitable<Walked> HostWalk::run() {
  const auto warm_host = warm_ ? warm_->host() : "";
  bool is_done = false;
  if (warm_) is_done = co_await go_on_with_warm();
  if (open_.empty()) co_return walked();
  const auto hosts = dial_order(
      site_, request_.affinity, parts_.settings.max_mx, parts_.reachability, parts_.clock.steady());
  for (const auto& host : hosts) {
    const bool was_visited = is_done && host.name == warm_host;
    if (was_visited) continue;
    co_await call_on(host);
    if (open_.empty()) break;
  }
  co_return walked();
}

Walked HostWalk::walked() {
  return {
      .report = report(), .session = std::move(left_), .answered_before_421 = answered_before_421_};
}

// False: its host is to be called on all the same, as the session was stale and the message has met
// nobody, or as it had no turn for all recipients.
Awaitable<bool> HostWalk::go_on_with_warm() {
  auto session = std::move(warm_);
  if (!session->is_quiet()) co_return false;
  if (auto trace = trace_.at(session->host(), session->remote())) {
    trace->remark("an open session goes on");
    session->show_to(std::move(trace));
  }
  auto rest = open_;
  const auto first = take_group(rest, most_recipients(*session));
  auto came_to = co_await session->transact(&request_, first);
  if (came_to.is_stale) co_return false;
  open_.clear();
  take_in(*session, first, std::move(came_to));
  rest = co_await hand_over(session.get(), std::move(rest));
  const bool is_through = rest.empty();
  open_.insert(open_.end(), rest.begin(), rest.end());
  co_await leave(std::move(session));
  co_return is_through;
}

// Connects again as long as there are recipients who got no turn. What a server says, it says for
// all its addresses.
Awaitable<> HostWalk::call_on(mail::Host host) {
  auto members = std::exchange(open_, {});
  while (!members.empty()) {
    auto connection = co_await dialer_.dial(host);
    if (!connection) break;
    members = co_await visit(host, std::move(*connection), std::move(members));
  }
  open_.insert(open_.end(), members.begin(), members.end());
}

// Gives back who got no turn.
Awaitable<HostWalk::Members> HostWalk::visit(mail::Host host,
                                             Connection connection,
                                             Members members) {
  auto [session, setback] = co_await open_session(std::move(host), std::move(connection));
  if (setback) {
    if (setback->stage == Stage::auth) note_failed_login(*setback);
    const auto outcome = with_lack_final(request_, std::move(*setback));
    take_in(*session, members, same_for_all(members, outcome));
    members.clear();
  } else {
    members = co_await hand_over(session.get(), std::move(members));
  }
  co_await leave(std::move(session));
  co_return members;
}

// As many recipients at a time as the server takes (RFC 9422). Gives back those for whom the
// session may carry no further message; whoever a lost connection leaves behind may go to the next
// host.
Awaitable<HostWalk::Members> HostWalk::hand_over(Session* session, Members members) {
  session->allow_messages(site_.per_session.value_or(parts_.settings.sessions.messages));
  while (!members.empty() && !report_.our_fault) {
    const bool is_first = !session->has_transacted();
    if (!is_first && !session->is_open()) break;
    // What nobody asked for would be taken for the answer to what is asked next.
    if (!is_first && !session->is_quiet()) break;
    if (!is_first && !session->is_good_for_more(parts_.clock.steady())) co_return members;
    const auto group = take_group(members, most_recipients(*session));
    auto came_to = co_await session->transact(&request_, group);
    take_in(*session, group, std::move(came_to));
  }
  const auto our_fault = report_.our_fault;
  if (!members.empty())
    take_in(*session, members, left_behind(members, session->host(), our_fault));
  co_return Members{};
}

std::size_t HostWalk::most_recipients(const Session& session) const {
  return std::min(session.most_recipients(), parts_.most_recipients.value_or(max_recipients));
}

// What gives no reason to go on is the last word; of the others the heaviest is.
void HostWalk::take_in(const Session& session,
                       const std::vector<std::size_t>& members,
                       TransactionReport came_to) {
  met_.push_back({.answerer = {session.host(), session.reports_on()},
                  .remote = session.remote(),
                  .source = session.source(),
                  .tls = session.terms()});
  for (std::size_t i = 0; i < members.size(); ++i) {
    const auto& outcome = came_to.outcomes[i];
    const bool goes_on =
        !came_to.our_fault &&
        is_reason_for_next_host(outcome, came_to.progress, *parts_.settings.reply_rules);
    if (!goes_on) outcomes_[members[i]].reset();
    if (keep(members[i], outcome)) decided_by_[members[i]] = met_.size() - 1;
    if (goes_on) open_.push_back(members[i]);
  }
  if (came_to.answered_before_421) answered_before_421_ = came_to.answered_before_421;
  if (came_to.our_fault) report_.our_fault = std::move(came_to.our_fault);
  if (!parts_.log.wants(EventLog::Level::debug)) return;
  parts_.log.debug("session",
                   {{"delivery", request_.label},
                    {"host", session.host()},
                    {"tls", session.terms()},
                    {"first", came_to.outcomes.front().to_string()}});
}

// Where another message may follow the session is left open; a host that was no good is not kept.
Awaitable<> HostWalk::leave(std::unique_ptr<Session> session) {
  const bool is_good = open_.empty() && session->has_transacted() &&
                       session->is_good_for_more(parts_.clock.steady());
  if (is_good) {
    session->show_to(nullptr);
    left_ = std::move(session);
  } else {
    co_await session->quit();
  }
}

// As much TLS as is asked for; where it breaks, the other way if there is one.
Awaitable<HostWalk::Opened> HostWalk::open_session(mail::Host host, Connection connection) {
  const auto to = connection.to;
  const auto wanted = host.tls.value_or(site_.tls);
  const auto first = parts_.broken_tls.level_for(to, wanted, parts_.clock.steady());
  Opened opened;
  opened.session = make_session(std::move(connection.stream), peer_of(host, first));
  opened.setback = co_await opened.session->open();
  host.endpoints = {to};
  while (opened.setback && opened.session->has_tls_failed()) {
    const auto level = other_way(*opened.session, to);
    if (!level) break;
    // A new connection: whatever is still on its way on the old one is forgotten with it.
    auto again = co_await dialer_.dial(host);
    if (!again) break;
    opened.session = make_session(std::move(again->stream), peer_of(host, *level));
    opened.setback = co_await opened.session->open();
  }
  co_return opened;
}

std::unique_ptr<Session> HostWalk::make_session(std::unique_ptr<Stream> stream,
                                                TlsPeer peer) const {
  const Session::Parts parts{.settings = parts_.settings, .tls = parts_.tls};
  const auto now = parts_.clock.steady();
  auto trace = trace_.at(peer.name, stream->remote());
  const auto local = stream->local();
  if (trace && local) trace->remark("connected from " + local->address.to_string());
  auto session =
      std::make_unique<Session>(parts, std::move(stream), std::move(peer), now, site_.credentials);
  session->show_to(std::move(trace));
  return session;
}

// What TLS spoilt may work otherwise: with a whole handshake in place of a resumed session, or in
// the clear where nobody demands more.
std::optional<mail::TlsLevel> HostWalk::other_way(const Session& session, const Endpoint& to) {
  if (session.was_resuming()) return session.level();
  if (session.level() != mail::TlsLevel::opportunistic) return std::nullopt;
  parts_.broken_tls.remember(to, parts_.clock.steady());
  parts_.log.info("tls_broken",
                  {{"delivery", request_.label},
                   {"address", to.to_string()},
                   {"then", "in the clear for an hour"}});
  return mail::TlsLevel::none;
}

// Our settings' trouble as a rule, which somebody should look into.
void HostWalk::note_failed_login(const Outcome& setback) {
  parts_.log.warning("login_failed", {{"delivery", request_.label}, {"why", setback.to_string()}});
}

// The heavier word of two hosts stays; of two equal ones the later.
bool HostWalk::keep(std::size_t recipient, const Outcome& outcome) {
  auto& kept = outcomes_[recipient];
  if (kept && weight(outcome) < weight(*kept)) return false;
  kept = outcome;
  return true;
}

mail::AttemptReport HostWalk::report() {
  const auto& vain = dialer_.vain();
  const auto calls = dialer_.calls();
  if (calls > 0 && calls == vain.ours) report_.our_fault = vain.last;
  auto unreached = deferred(Stage::dns, transient(4, 3), site_.key + ": no address to go to");
  if (!site_.missing.empty()) unreached.reason = site_.missing;
  if (!vain.last.empty()) {
    const auto count = " (" + std::to_string(calls) + " addresses tried)";
    unreached = deferred(Stage::connect, transient(4, 1), vain.last + (calls > 1 ? count : ""));
  }
  // A permanent refusal by one host is not the last word while another could not be reached.
  if (!vain.last.empty() || !site_.missing.empty()) {
    for (const auto recipient : open_) {
      if (keep(recipient, unreached)) decided_by_[recipient].reset();
    }
  }
  for (auto& outcome : outcomes_)
    report_.outcomes.push_back(outcome.value_or(unreached));
  name_answerers();
  return std::move(report_);
}

void HostWalk::name_answerers() {
  std::optional<std::size_t> first;
  std::optional<std::size_t> last;
  for (std::size_t i = 0; i < decided_by_.size(); ++i) {
    const bool is_put_off = report_.outcomes[i].verdict == Verdict::deferred;
    if (is_put_off && !first) first = decided_by_[i];
    last = std::max(last, decided_by_[i]);
  }
  const auto main = first ? first : last;
  if (!main) return;
  const auto& met = met_[*main];
  report_.host = met.answerer.host;
  report_.reports_on = met.answerer.reports_on;
  report_.remote = met.remote;
  report_.source = met.source;
  report_.tls = met.tls;
  for (std::size_t i = 0; i < decided_by_.size(); ++i) {
    const auto by = decided_by_[i];
    if (by == main) continue;
    report_.elsewhere[i] = by ? met_[*by].answerer : mail::Answerer();
  }
}

}  // namespace greyhound::smtp
