// The part of the control API by which operators steer sites.
//   POST /v1/sites/suspend  {"site": NAME}  no attempts there until further notice
//   POST /v1/sites/resume   {"site": NAME}  404: it is not suspended
//   POST /v1/sites/forget   {"site": NAME}  what was learned of it
// NAME is a site as GET /v1/sites has it, or a domain of recipients.
// Runs on: the home loop.
#pragma once

#include <string_view>

#include "agent/dispatcher_facts.hpp"
#include "agent/http_message.hpp"

namespace greyhound::agent {

bool is_site_order(std::string_view path);

// `dispatcher` outlives the call.
Awaitable<HttpResponse> carry_out_site_order(const DispatcherFacts* dispatcher,
                                             HttpRequest request);

}  // namespace greyhound::agent
