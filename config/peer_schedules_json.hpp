// Schedules of other senders, to compare with (greyhound simulate --peers): a JSON array.
// Errors: Problems; entries that have one are left out.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/problem.hpp"
#include "scheduler/rehearsal/fixed_schedule_settings.hpp"

namespace greyhound::config {

// `file` names the text in problems.
std::vector<scheduler::FixedSchedule> read_peer_schedules(const std::string& file,
                                                          std::string_view text,
                                                          Problems& problems);

}  // namespace greyhound::config
