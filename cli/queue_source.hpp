// QueueSource: where a reading command finds the queue: the running agent, or, with no agent there,
// the store itself, opened read-only. Both give the same lines and objects (agent/queue_row.hpp,
// agent/queue_view.hpp, agent/explanation_view.hpp).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "cli/console.hpp"
#include "config/settings.hpp"
#include "runtime/clock.hpp"
#include "runtime/event_log.hpp"
#include "runtime/result.hpp"

namespace greyhound::cli {

enum class ListForm : std::uint8_t { rows, json };

struct QueuePage {
  std::string lines;  // one a delivery, each with its end, passed on as they come
  std::string next;   // pass as `after`; empty: that was the last page
};

// Either what an id names, or why it names nothing.
struct FoundObjects {
  std::vector<nlohmann::ordered_json> objects;
  std::string problem;
  std::vector<std::string> candidates;  // if the id was ambiguous
};

struct FoundNotice {
  std::string text = {};  // a whole message; empty: there is none
  std::string problem = {};
  std::vector<std::string> candidates = {};
};

class QueueSource {
 public:
  QueueSource() = default;
  QueueSource(const QueueSource&) = delete;
  QueueSource& operator=(const QueueSource&) = delete;
  virtual ~QueueSource() = default;

  virtual Result<QueuePage> list(std::string after, ListForm form) = 0;  // empty: from the start
  virtual Result<FoundObjects> message(std::string id) = 0;              // one, or none
  virtual Result<FoundObjects> explanations(std::string id) = 0;  // one for each open delivery
  // What the sender would be told: "delay" or "failure".
  virtual Result<FoundNotice> notice(std::string id, std::string kind) = 0;
};

// Says on `console.err` if it is the store. References outlive the source.
Result<std::unique_ptr<QueueSource>> open_queue(const config::Settings& settings,
                                                const Clock& clock,
                                                EventLog& log,
                                                Console& console);

}  // namespace greyhound::cli
