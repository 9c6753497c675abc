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

extern const std::string_view notice_texts_schema;
extern const std::string_view notices_de;
extern const std::string_view notices_en;
extern const std::string_view notices_es;
extern const std::string_view notices_fr;

}  // namespace greyhound::config
