// The words of notices: config/notices/*.json as shipped, and an admin's own over them.
// Errors: Problems; a file that has one is left out.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "config/problem.hpp"
#include "notify/notification_settings.hpp"

namespace greyhound::config {

// By tag, in lower case.
using NoticeLibrary = std::map<std::string, notify::NoticeTextsPtr>;

const NoticeLibrary& shipped_notice_texts();

// The shipped ones with all files XX.json of `folder` laid over them.
NoticeLibrary load_notice_texts(const std::filesystem::path& folder, Problems& problems);

// The texts for a language tag: of "de-AT", where there are none, those of "de". Null: none.
notify::NoticeTextsPtr texts_in(const NoticeLibrary& library, const std::string& language);

}  // namespace greyhound::config
