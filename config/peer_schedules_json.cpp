#include "config/peer_schedules_json.hpp"

#include <algorithm>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "config/embedded.hpp"
#include "config/format.hpp"
#include "config/json_document.hpp"
#include "config/reporter.hpp"
#include "config/schema_check.hpp"
#include "config/setting.hpp"

namespace greyhound::config {
namespace {

using scheduler::FixedSchedule;
using std::chrono::seconds;

const JsonNode& schema() {
  static const auto tree = parse_shipped("peer_schedules.schema.json", peer_schedules_schema);
  return tree;
}

std::optional<Duration> seconds_at(const Setting& entry, std::string_view key) {
  if (!entry.has(key) || entry.at(key).is_null()) return std::nullopt;
  return seconds(entry.at(key).number<std::int64_t>());
}

FixedSchedule read_entry(const Setting& entry) {
  FixedSchedule schedule{.name = entry.at("id").text()};
  for (const auto& age : entry.at("attempts_at_seconds").items())
    schedule.attempts.push_back(seconds(age.number<std::int64_t>()));
  schedule.delay_notice_at = seconds_at(entry, "delay_dsn_at_seconds");
  schedule.expires = seconds_at(entry, "expire_seconds");
  return schedule;
}

// An attempt at age 0 is the first; some senders make the next at once.
bool is_in_order(const FixedSchedule& schedule) {
  const auto& ages = schedule.attempts;
  return ages.front() == Duration::zero() && std::is_sorted(ages.begin(), ages.end()) &&
         (ages.size() == 1 || ages.back() > ages[ages.size() - 2]);
}

}  // namespace

std::vector<FixedSchedule> read_peer_schedules(const std::string& file,
                                               std::string_view text,
                                               Problems& problems) {
  auto document = parse_document(file, text, problems);
  if (!document) return {};
  check_schema(file, schema(), *document, problems);
  Reporter report(file, problems);
  std::vector<FixedSchedule> schedules;
  std::set<std::string> ids;
  for (const auto& entry : Setting(*document, "").items()) {
    if (entry.node().has_refused()) continue;
    auto schedule = read_entry(entry);
    if (!ids.insert(schedule.name).second) {
      report.error(entry.at("id"),
                   fmt::format("is {}, like an entry before it", shown(schedule.name)),
                   "give each entry an id of its own");
    } else if (!is_in_order(schedule)) {
      report.error(entry.at("attempts_at_seconds"),
                   "must begin with 0, ascend, and end with a gap that can repeat",
                   "write the ages of the attempts in order");
    } else {
      schedules.push_back(std::move(schedule));
    }
  }
  return schedules;
}

}  // namespace greyhound::config
