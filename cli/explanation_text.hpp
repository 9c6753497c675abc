// What a person reads who asks why a delivery waits: made of the JSON object of
// agent/explanation_view, whether it came from the agent or from the store. Pure.
// Errors: none; what an object lacks is left out.
#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "runtime/clock.hpp"

namespace greyhound::cli {

// Many lines, each safe for a terminal and ended by LF.
std::string explanation_text(const nlohmann::ordered_json& explanation, Instant now);

}  // namespace greyhound::cli
