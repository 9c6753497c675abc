#include <ostream>

#include <nlohmann/json.hpp>

#include "agent/queue_view.hpp"
#include "agent/records_view.hpp"
#include "cli/commands.hpp"
#include "cli/delivery_text.hpp"
#include "cli/exit_codes.hpp"
#include "cli/records_source.hpp"
#include "cli/table.hpp"
#include "runtime/duration_text.hpp"

namespace greyhound::cli {
namespace {

std::uint64_t number_at(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number_unsigned() ? found->get<std::uint64_t>() : 0;
}

// "deferred", or "3 delivered, 1 deferred" of several recipients.
std::string outcome_text(const Json& line) {
  std::string several;
  std::string last;
  std::uint64_t total = 0;
  for (const auto* name : {"delivered", "deferred", "refused", "in_doubt"}) {
    const auto count = number_at(line, name);
    if (count == 0) continue;
    total += count;
    last = name;
    several += (several.empty() ? "" : ", ") + std::to_string(count) + " " + name;
  }
  return total == 1 ? last : several;
}

std::vector<std::string> row(const Json& line) {
  auto host = text_at(line, "host");
  if (host.empty()) host = text_at(line, "site");
  return {text_at(line, "at"),
          text_at(line, "delivery"),
          std::to_string(number_at(line, "attempts")),
          text_at(line, "domain"),
          host,
          outcome_text(line),
          text_at(line, "next"),
          text_at(line, "reply")};
}

std::string upper(std::string text) {
  for (auto& c : text)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return text;
}

bool is_wanted(const Json& line, const LedgerOptions& options) {
  if (!options.domain.empty() && text_at(line, "domain") != options.domain) return false;
  if (!options.site.empty() && text_at(line, "site") != options.site) return false;
  return text_at(line, "delivery").starts_with(upper(options.delivery));
}

// Of the oldest line wanted; empty: of the first that there is.
std::string start_of(const std::optional<Duration>& since) {
  if (!since) return {};
  const runtime::SystemClock clock;
  const queue::DeliveryId before_all{queue::MessageId(1), 1};
  return agent::to_text(queue::LedgerPosition{clock.wall() - *since, before_all});
}

}  // namespace

int ledger(const QueueOptions& options, const LedgerOptions& wanted, Console& console) {
  std::optional<Duration> since;
  if (!wanted.since.empty()) {
    since = parse_duration(wanted.since);
    if (!since) {
      console.err << "greyhound: --since takes a duration such as 90m or 2d\n";
      return exit_wrong_usage;
    }
  }
  Table table({"ENDED", "DELIVERY", "TRY", "TO", "HOST", "OUTCOME", "NEXT", "REPLY"},
              console.out,
              console.width);
  const auto show = [&](const Json& line) {
    if (!is_wanted(line, wanted)) return true;
    if (options.as_json) {
      console.out << agent::to_line(line) << '\n';
    } else {
      table.add(row(line));
    }
    return console.out.good();
  };
  const RecordsWanted records{
      .config_folder = options.config_folder, .path = "/v1/ledger", .after = start_of(since)};
  const int code = show_records(records, show, console);
  table.finish();
  if (code == exit_done && !options.as_json && table.is_empty()) {
    console.err << "greyhound: the ledger has no such attempt\n";
  }
  return code;
}

}  // namespace greyhound::cli
