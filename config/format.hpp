// Formats: what a string must be beyond what a JSON Schema pattern can say ("format" in the
// schemas), and what to write instead.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/json_node.hpp"
#include "mail/reply_class.hpp"

namespace greyhound::config {

struct Complaint {
  std::string what;  // "is "5", must be a duration"
  std::string suggestion;
};

bool is_known_format(std::string_view format);

// "a duration": what a string of this schema's format is; "" without a format.
std::string format_must_be(const JsonNode& schema);

// `schema` is the (resolved) schema of the string: its x-least and x-most bound what is measured.
std::optional<Complaint> check_format(const JsonNode& schema, const JsonNode& node);

// What to write where a string of this format was expected; "" if there is no telling.
std::string suggest_for(const JsonNode& schema, const JsonNode& node);

// As the formats "percent" and "reply-class" read them.
std::optional<double> parse_percent(std::string_view text);  // "5%" -> 0.05
std::vector<mail::ReplyClass> classes_matching(std::string_view glob);

}  // namespace greyhound::config
