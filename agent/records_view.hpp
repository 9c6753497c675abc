// Ledger lines, site facts and quarantined records as JSON objects, in the manner of queue_view:
// names are stable, every key is always there, null where it has nothing to say.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "agent/queue_view.hpp"
#include "queue/store.hpp"
#include "scheduler/site_health.hpp"

namespace greyhound::agent {

Json ledger_view(const queue::LedgerLine& line);
// What is known of a site from all sides.
struct SiteKnown {
  queue::SiteFacts facts = {};                           // zero: nothing was learned
  std::optional<scheduler::SiteStanding> standing = {};  // none: not in use of late
  std::optional<Instant> suspended_since = {};
};
Json site_view(const std::string& name, const SiteKnown& known);
Json quarantined_view(const queue::Quarantined& quarantined);

// Where a line of the ledger stands, as it is passed on to ask for the next ones:
// "1772366400000000.01JD3K5M7N9QR-1", microseconds and delivery.
std::string to_text(const queue::LedgerPosition& position);
std::optional<queue::LedgerPosition> parse_ledger_position(std::string_view text);

}  // namespace greyhound::agent
