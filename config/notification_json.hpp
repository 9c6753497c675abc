// notification.json: from the checked tree to settings.
#pragma once

#include <string>

#include "config/reporter.hpp"
#include "config/setting.hpp"
#include "notify/notification_settings.hpp"

namespace greyhound::config {

// `whole`: the file laid over the defaults; `domain` completes a postmaster without one.
void read_notification(const Setting& whole,
                       const std::string& domain,
                       Reporter& report,
                       notify::NotificationSettings& settings);

}  // namespace greyhound::config
