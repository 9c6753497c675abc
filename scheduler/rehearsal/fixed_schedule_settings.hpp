// The fixed schedule of another sender, to compare with.
#pragma once

#include <cstddef>
#include <cstdint>
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

  Duration lifetime() const { return expires.value_or(usual_lifetime); }
  // Of any attempt, from 0.
  Duration attempt_age(std::size_t number) const {
    if (number < attempts.size()) return attempts[number];
    const auto last = attempts.back();
    const auto gap = attempts.size() > 1 ? last - attempts[attempts.size() - 2] : usual_lifetime;
    return last + static_cast<std::int64_t>(number - attempts.size() + 1) * gap;
  }

 private:
  static constexpr Duration usual_lifetime = std::chrono::hours(24 * 5);
};

}  // namespace greyhound::scheduler
