// RecordsSource: where a command finds what agent/records_api.hpp gives page by page: at the
// running agent, or, with no agent there, in the store, opened read-only. Both give the same lines.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "cli/console.hpp"
#include "config/settings.hpp"
#include "runtime/clock.hpp"
#include "runtime/event_log.hpp"
#include "runtime/result.hpp"

namespace greyhound::cli {

struct RecordsPage {
  std::string lines;  // JSON, one object each
  std::string next;   // pass as `after`; empty: that was the last page
};

class RecordsSource {
 public:
  RecordsSource() = default;
  RecordsSource(const RecordsSource&) = delete;
  RecordsSource& operator=(const RecordsSource&) = delete;
  virtual ~RecordsSource() = default;

  // `path`: "/v1/ledger" and the like. `after`: empty: from the start.
  virtual Result<RecordsPage> page(std::string path, std::string after) = 0;
};

// Says on `console.err` if it is the store. References outlive the source.
Result<std::unique_ptr<RecordsSource>> open_records(const config::Settings& settings,
                                                    const Clock& clock,
                                                    EventLog& log,
                                                    Console& console);

// Shows every object behind `after`, a page in memory at a time, until `show` gives false.
using ShowRecord = std::function<bool(const nlohmann::ordered_json& record)>;
Result<> each_record(RecordsSource& source,
                     const std::string& path,
                     std::string after,
                     const ShowRecord& show);

// All of it for a command: opens, shows, prints what went wrong. The exit code.
struct RecordsWanted {
  std::filesystem::path config_folder;
  std::string path;
  std::string after = {};
};
int show_records(const RecordsWanted& wanted, const ShowRecord& show, Console& console);

}  // namespace greyhound::cli
