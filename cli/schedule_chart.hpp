// A picture of what `greyhound simulate` found: one row per receiver, in it a bar as long as the
// receiver refuses and a mark per schedule at the moment it was let through.
// Source: SVG 1.1, XML 1.0. Pure; the same input gives the same bytes.
// Limits: the first 12 schedules and the 200 shortest windows are drawn; the picture says what it
// leaves out. Names may hold anything: what XML or a reader's eye could trip over is escaped.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "runtime/clock.hpp"

namespace greyhound::cli {

using runtime::Duration;

struct ChartedReceiver {
  std::string name;
  Duration window{};                       // how long it refuses, from the first contact
  std::optional<Duration> accepted_after;  // from the first contact; none: never passed
  Duration excess{};                       // beyond the earliest moment that any sender could pass
  std::uint64_t attempts = 0;              // with the first and the accepting one
  bool had_delay_notice = false;           // the sender was told of a delay
};

// Means and counts as the caller reports them elsewhere, so that no two outputs differ.
struct ChartedSummary {
  Duration mean_excess{};
  double mean_attempts = 0;
  std::uint64_t delay_notices = 0;
  std::uint64_t never_passed = 0;
};

struct ChartedSchedule {
  std::string name;
  std::vector<ChartedReceiver> receivers;  // of two with one name and window the later counts
  ChartedSummary summary;
};

// The text of an SVG file, UTF-8, without anything that a viewer would have to fetch.
std::string schedule_chart(const std::vector<ChartedSchedule>& schedules);

}  // namespace greyhound::cli
