// Reads "intake" and "local" of greyhound.json, and sees to it that no listener is an open relay.
#pragma once

#include "config/reporter.hpp"
#include "config/setting.hpp"
#include "config/settings.hpp"

namespace greyhound::config {

// `whole`: greyhound.json laid over the defaults; host name and domain have been read.
void read_intake(const Setting& whole, Reporter& report, Settings& settings);

}  // namespace greyhound::config
