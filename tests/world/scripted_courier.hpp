// ScriptedCourier: a courier without a network. The test says what becomes of each attempt; the
//                  courier
// records when each was made, and what with.
// Owner: a test. Runs on: the test's loop.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "mail/courier.hpp"
#include "runtime/clock.hpp"

namespace greyhound::world {

struct MadeAttempt {
  Instant at;
  std::string label;
  std::string site;
  std::vector<std::string> recipients;
  std::string body;
  mail::Affinity affinity;
  mail::ReversePath from = {};
};

class ScriptedCourier final : public mail::Courier {
 public:
  using Script = std::function<mail::AttemptReport(const MadeAttempt&)>;

  ScriptedCourier(Clock& clock, Script script) : clock_(clock), script_(std::move(script)) {}

  Awaitable<mail::Located> locate(std::string domain,
                                  mail::ReversePath sender,
                                  mail::TlsWish wish) override;
  Awaitable<mail::AttemptReport> attempt(mail::AttemptRequest request, mail::Site site) override;
  Awaitable<> let_go() override { co_return; }

  std::vector<MadeAttempt> attempts;
  Duration attempt_takes{0};
  bool sends_the_dot = false;                     // sets the in-doubt mark, then waits
  std::map<std::string, std::string> site_of;     // domain -> site; default: the domain itself
  std::map<std::string, mail::NoSite> no_site;    // domains that cannot be located
  std::map<std::string, std::size_t> running_at;  // attempts at this moment
  std::size_t most_running = 0;
  std::map<std::string, std::size_t> most_running_at;

 private:
  Clock& clock_;
  Script script_;
};

}  // namespace greyhound::world
