// The shipped defaults and the schemas, as text. Their files stand in this folder; the build turns
// them into strings (embed_files.cmake), so a default value exists once.
#pragma once

#include <string_view>

namespace greyhound::config {

extern const std::string_view greyhound_defaults;
extern const std::string_view greyhound_schema;
extern const std::string_view retry_defaults;
extern const std::string_view retry_schema;
extern const std::string_view notification_defaults;
extern const std::string_view notification_schema;
extern const std::string_view greylisters_defaults;
extern const std::string_view greylisters_schema;
extern const std::string_view peer_schedules_schema;
extern const std::string_view replies_defaults;
extern const std::string_view replies_schema;

}  // namespace greyhound::config
