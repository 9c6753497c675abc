#include <ostream>

#include <nlohmann/json.hpp>

#include "agent/queue_view.hpp"
#include "cli/commands.hpp"
#include "cli/delivery_text.hpp"
#include "cli/exit_codes.hpp"
#include "cli/records_source.hpp"
#include "cli/table.hpp"

namespace greyhound::cli {
namespace {

std::string number_text(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number_integer() ? found->dump() : "?";
}

std::string text_or_dash(const Json& object, const char* key) {
  auto text = text_at(object, key);
  return text.empty() ? "-" : text;
}

}  // namespace

int sites(const QueueOptions& options, Console& console) {
  Table table({"SITE", "PASSES", "REFUSALS", "EARLIEST PASS", "LATEST REFUSAL", "CHANGED"},
              console.out,
              console.width);
  const auto show = [&](const Json& site) {
    if (options.as_json) {
      console.out << agent::to_line(site) << '\n';
    } else {
      table.add({text_at(site, "site"),
                 number_text(site, "passes"),
                 number_text(site, "refusals"),
                 text_or_dash(site, "earliest_pass"),
                 text_or_dash(site, "latest_refusal"),
                 text_at(site, "changed")});
    }
    return console.out.good();
  };
  const RecordsWanted wanted{.config_folder = options.config_folder, .path = "/v1/sites"};
  const int code = show_records(wanted, show, console);
  table.finish();
  if (code == exit_done && !options.as_json && table.is_empty()) {
    console.err << "greyhound: nothing has been learned of any site yet\n";
  }
  return code;
}

int quarantine_list(const QueueOptions& options, Console& console) {
  Table table({"DELIVERY", "SINCE", "WHY"}, console.out, console.width);
  const auto show = [&](const Json& one) {
    if (options.as_json) {
      console.out << agent::to_line(one) << '\n';
    } else {
      table.add({text_at(one, "delivery"), text_at(one, "at"), text_at(one, "why")});
    }
    return console.out.good();
  };
  const RecordsWanted wanted{.config_folder = options.config_folder, .path = "/v1/quarantine"};
  const int code = show_records(wanted, show, console);
  table.finish();
  if (code == exit_done && !options.as_json && table.is_empty()) {
    console.err << "greyhound: nothing is in quarantine\n";
  }
  return code;
}

}  // namespace greyhound::cli
