#include "smtp_client/refused_logins.hpp"

#include <algorithm>

#include "smtp_client/authentication.hpp"

namespace greyhound::smtp {

void RefusedLogins::note(const mail::Site& site,
                         const mail::AttemptReport& report,
                         SteadyInstant now) {
  if (!site.credentials) return;
  const auto& outcomes = report.outcomes;
  const auto is_refusal = [](const mail::Outcome& outcome) {
    return outcome.stage == mail::Stage::auth && outcome.status == credentials_refused;
  };
  const auto refusal = std::find_if(outcomes.begin(), outcomes.end(), is_refusal);
  if (refusal == outcomes.end()) {
    refusals_.erase(site.credentials);
  } else {
    refusals_[site.credentials] = {.why = refusal->to_string(), .until = now + lifetime};
  }
}

std::optional<std::string> RefusedLogins::still_refused(const mail::Site& site,
                                                        SteadyInstant now) const {
  const auto found = refusals_.find(site.credentials);
  if (found == refusals_.end() || found->second.until <= now) return std::nullopt;
  return found->second.why;
}

}  // namespace greyhound::smtp
