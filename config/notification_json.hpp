// notification.json: from the checked tree to settings.
#pragma once

#include <string>

#include "config/reporter.hpp"
#include "config/setting.hpp"
#include "notify/notification_settings.hpp"

namespace greyhound::config {

// `whole`: the file laid over the defaults; `domain` completes a postmaster without one. Reads the
// folder of texts that it names, whose problems go to `texts`.
void read_notification(const Setting& whole,
                       const std::string& domain,
                       Reporter& report,
                       Problems& texts,
                       notify::NotificationSettings& settings);

}  // namespace greyhound::config
