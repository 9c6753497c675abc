// What a person reads about a delivery or a message: made of the rows of agent/queue_row and the
// JSON objects of agent/queue_view, whether they came from the agent or from the store. Pure.
// Errors: none; what an object lacks is left out.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "agent/queue_row.hpp"
#include "runtime/clock.hpp"

namespace greyhound::cli {

using Json = nlohmann::ordered_json;

// DELIVERY AGE TRIES NEXT TO WHY
std::vector<std::string> list_header();
std::vector<std::string> list_row(const agent::QueueRow& row, Instant now);

// Many lines, each safe for a terminal and ended by LF.
std::string message_text(const Json& message, Instant now);

// One unit, rounded down, is enough for the eye: "45s", "12m", "3h", "5d".
std::string short_duration(Duration duration);

// "2026-03-01T12:00:00Z"; nullopt for anything else.
std::optional<Instant> parse_instant(std::string_view text);

// Of an object that another program wrote: what is at `key`, null where there is nothing; the text
// there, empty where there is none; the whole number there, else "?"; the instant as it is written
// and as seen from now, "2026-03-01T12:00:00Z (in 3m)".
const Json& member(const Json& object, std::string_view key);
std::string text_at(const Json& object, std::string_view key);
std::string number_at(const Json& object, std::string_view key);
std::string instant_text(const Json& object, std::string_view key, Instant now);

// One line, made safe for a terminal: key, then text in its column. None where there is no text.
void add_line(std::string& out,
              std::string_view indent,
              std::string_view key,
              const std::string& text);

}  // namespace greyhound::cli
