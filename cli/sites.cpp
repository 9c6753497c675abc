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

// How it stands at this moment, in words.
std::string standing_of(const Json& site) {
  if (const auto since = text_at(site, "suspended_since"); !since.empty()) {
    return "suspended since " + since;
  }
  if (const auto since = text_at(site, "dead_since"); !since.empty()) {
    return "dead since " + since + ", asked again at " + text_at(site, "next_probe");
  }
  if (!site.contains("at_once") || site["at_once"].is_null()) return "-";
  return number_text(site, "at_once") + " at once, " + number_text(site, "running") + " running, " +
         number_text(site, "waiting") + " waiting";
}

void print_whole(const Json& site, Console& console, const std::string& before = "") {
  for (const auto& [name, value] : site.items()) {
    if (value.is_object()) {
      print_whole(value, console, before + name + ".");
      continue;
    }
    const auto text = value.is_null()     ? "-"
                      : value.is_string() ? value.get<std::string>()
                                          : value.dump();
    console.out << before << name << ": " << printable(text) << '\n';
  }
}

}  // namespace

int sites(const QueueOptions& options, Console& console) {
  Table table({"SITE", "PASSES", "REFUSALS", "EARLIEST PASS", "LATEST REFUSAL", "CHANGED", "NOW"},
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
                 text_or_dash(site, "changed"),
                 standing_of(site)});
    }
    return console.out.good();
  };
  const RecordsWanted wanted{.config_folder = options.config_folder, .path = "/v1/sites"};
  const int code = show_records(wanted, show, console);
  table.finish();
  if (code == exit_done && !options.as_json && table.is_empty()) {
    console.err << "greyhound: nothing is known of any site yet\n";
  }
  return code;
}

int site_show(const QueueOptions& options, const std::string& name, Console& console) {
  bool is_found = false;
  const auto show = [&](const Json& site) {
    if (text_at(site, "site") != name) return true;
    is_found = true;
    if (options.as_json) {
      console.out << agent::to_line(site) << '\n';
    } else {
      print_whole(site, console);
    }
    return false;
  };
  const RecordsWanted wanted{.config_folder = options.config_folder, .path = "/v1/sites"};
  const int code = show_records(wanted, show, console);
  if (code != exit_done || is_found) return code;
  console.err << "greyhound: nothing is known of " << printable(name) << '\n';
  return exit_problems_found;
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
