// The part of the control API that reads what lies beside the mail, page by page as JSON lines, and
// makes backups. A command that has the store open itself asks it without a socket.
//   GET  /v1/ledger?after=POSITION&limit=N     attempts, oldest first
//   GET  /v1/sites?after=SITE&limit=N          what is known of sites, by name: learned, suspended,
//                                              and how they stand now
//   GET  /v1/quarantine?after=DELIVERY&limit=N deliveries that could not be used
//   POST /v1/db/backup                         {"folder": "/absolute"}, which must not exist
// The header Greyhound-Next is there if there is more: pass it as `after`.
// Runs on: the loop it is awaited on.
// Limits:  1000 lines a page.
#pragma once

#include <string_view>
#include <vector>

#include "agent/http_message.hpp"
#include "queue/store.hpp"
#include "scheduler/site_health.hpp"

namespace greyhound::agent {

bool is_records_path(std::string_view path);

// `store` outlives the call. `standings`: of an agent that runs.
Awaitable<HttpResponse> answer_records(queue::Store* store,
                                       HttpRequest request,
                                       std::vector<scheduler::SiteStanding> standings = {});

}  // namespace greyhound::agent
