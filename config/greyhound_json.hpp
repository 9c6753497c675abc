// greyhound.json: from the checked tree to settings, and what only shows across several keys.
#pragma once

#include "config/reporter.hpp"
#include "config/setting.hpp"
#include "config/settings.hpp"

namespace greyhound::config {

// `whole`: the file laid over the defaults. Fills all but `retry` and `notification`.
void read_greyhound(const Setting& whole, Reporter& report, Settings& settings);

}  // namespace greyhound::config
