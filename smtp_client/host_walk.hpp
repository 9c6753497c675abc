// HostWalk: one attempt from host to host of a site, until the recipients are decided or there is
// no reason to go on.
// Source: contract in docs/ARCHITECTURE.md, "Attempt", "Next host".
// Owner: SmtpCourier; lives for one attempt. Runs on: the loop it is awaited on.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "mail/attempt.hpp"
#include "mail/trace.hpp"
#include "runtime/clock.hpp"
#include "runtime/event_log.hpp"
#include "runtime/stream.hpp"
#include "smtp_client/attempt_trace.hpp"
#include "smtp_client/connect/dialer.hpp"
#include "smtp_client/connect/reachability.hpp"
#include "smtp_client/session.hpp"
#include "smtp_client/smtp_settings.hpp"
#include "smtp_client/tls/broken_tls.hpp"
#include "smtp_client/tls/tls_client.hpp"
#include "smtp_client/transaction.hpp"

namespace greyhound::smtp {

// Whom to expect behind a connection to that host, where `level` is what is asked of it there.
TlsPeer peer_of(const mail::Host& host, mail::TlsLevel level);

// An attempt, and the session that another one may go on with.
struct Walked {
  mail::AttemptReport report;
  std::unique_ptr<Session> session = nullptr;
  std::optional<std::size_t> answered_before_421 = {};  // as in TransactionReport
};

class HostWalk {
 public:
  struct Parts {
    const SmtpSettings& settings;
    Network& network;
    Clock& clock;
    EventLog& log;
    TlsClient& tls;
    BrokenTls& broken_tls;
    Reachability& reachability;
    mail::Trace& trace = mail::nobody_watches();
    std::optional<std::size_t> most_recipients = {};  // of one transaction; none: as usual
  };

  // `warm`: a session with a host of the site that waited for its next message; none: nullptr.
  HostWalk(Parts parts,
           mail::AttemptRequest request,
           mail::Site site,
           std::unique_ptr<Session> warm);
  HostWalk(const HostWalk&) = delete;
  HostWalk& operator=(const HostWalk&) = delete;

  Awaitable<Walked> run();

 private:
  Awaitable<bool> go_on_with_warm();
  Walked walked();
  using Members = std::vector<std::size_t>;  // indices into the recipients of the request
  Awaitable<> call_on(mail::Host host);
  Awaitable<Members> visit(mail::Host host, Connection connection, Members members);
  Awaitable<Members> hand_over(Session* session, Members members);
  struct Opened {
    std::unique_ptr<Session> session;
    std::optional<mail::Outcome> setback;
  };
  Awaitable<Opened> open_session(mail::Host host, Connection connection);
  std::unique_ptr<Session> make_session(std::unique_ptr<Stream> stream, TlsPeer peer) const;
  std::optional<mail::TlsLevel> other_way(const Session& session, const Endpoint& to);
  void take_in(const Session& session,
               const std::vector<std::size_t>& members,
               TransactionReport came_to);
  Awaitable<> leave(std::unique_ptr<Session> session);
  void note_failed_login(const mail::Outcome& setback);
  std::size_t most_recipients(const Session& session) const;
  bool keep(std::size_t recipient, const mail::Outcome& outcome);
  void name_answerers();
  mail::AttemptReport report();

  Parts parts_;
  mail::AttemptRequest request_;
  mail::Site site_;
  const AttemptTrace trace_;
  Dialer dialer_;
  std::unique_ptr<Session> warm_;
  std::unique_ptr<Session> left_;                       // good for more
  std::vector<std::optional<mail::Outcome>> outcomes_;  // by recipient
  struct Met {                                          // a host that had a say
    mail::Answerer answerer;
    std::optional<Endpoint> remote;
    std::optional<IpAddress> source;
    std::string tls;
  };
  std::vector<Met> met_;
  std::vector<std::optional<std::size_t>> decided_by_;  // index into met_; none: nobody reached
  Members open_;                                        // that the next host may decide
  std::optional<std::size_t> answered_before_421_;
  mail::AttemptReport report_;
};

}  // namespace greyhound::smtp
