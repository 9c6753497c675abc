// SessionPool: sessions that wait for the next message to the same host, so that it costs neither a
// connection nor a handshake. It only keeps them; whoever takes one out or is given one back that
// has no place ends it.
// Owner: SmtpCourier. Runs on: the home loop; the sessions in it belong to their own loops and are
//        not touched here.
// Limits: as many of a site and in all as SessionLimits has it, each for `idle` of steady time.
#pragma once

#include <list>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "runtime/clock.hpp"
#include "smtp_client/session.hpp"
#include "smtp_client/smtp_settings.hpp"

namespace greyhound::smtp {

struct IdleSession {
  std::unique_ptr<Session> session;
  std::size_t loop = 0;  // on which it lives
};

class SessionPool {
 public:
  explicit SessionPool(SessionLimits limits) : limits_(limits) {}

  // The session to this host and address that waited least, if there is one of that kind.
  std::optional<IdleSession> take(const std::string& site, const SessionKind& kind);

  // What has no place in return: the oldest of the site or of all, or the one given.
  std::optional<IdleSession> put(const std::string& site, IdleSession idle, SteadyInstant now);

  std::vector<IdleSession> take_expired(SteadyInstant now);
  std::optional<SteadyInstant> next_expiry() const;
  std::vector<IdleSession> take_all();
  std::size_t size() const { return by_age_.size(); }

 private:
  struct Entry {
    std::string site;
    SteadyInstant until;
    IdleSession idle;
  };
  using Place = std::list<Entry>::iterator;

  IdleSession remove(Place place);

  const SessionLimits limits_;
  std::list<Entry> by_age_;                                      // the oldest first
  std::unordered_map<std::string, std::vector<Place>> by_site_;  // the oldest first
};

}  // namespace greyhound::smtp
