// retry.json: from the checked tree to settings, and what only shows across several keys.
#pragma once

#include "config/reporter.hpp"
#include "config/setting.hpp"
#include "scheduler/scheduler_settings.hpp"

namespace greyhound::config {

// `whole`: the file laid over the defaults. A rule gets what it leaves out from `default_rule`.
void read_retry(const Setting& whole,
                const JsonNode& default_rule,
                Reporter& report,
                scheduler::RetrySettings& settings);

}  // namespace greyhound::config
