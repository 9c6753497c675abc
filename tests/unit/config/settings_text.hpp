// settings_text: every field of Settings as text, so that a test sees any change.
#pragma once

#include <string>

#include "config/settings.hpp"

namespace greyhound::config {
std::string settings_text(const Settings& settings);
}
