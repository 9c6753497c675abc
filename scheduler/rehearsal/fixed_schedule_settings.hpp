// The fixed schedule of another sender, to compare with.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "runtime/clock.hpp"

namespace greyhound::scheduler {

// Another sender: its attempts from the arrival of a mail, the first at 0, ascending; then the last
// gap again and again.
struct FixedSchedule {
  std::string name;
  std::vector<Duration> attempts = {};
  std::optional<Duration> delay_notice_at = {};
  std::optional<Duration> expires = {};  // none: five days
};

}  // namespace greyhound::scheduler
