#include "cli/integrity_text.hpp"

#include <numeric>

#include <nlohmann/json.hpp>

namespace greyhound::cli {
namespace {

using Json = nlohmann::ordered_json;
using queue::IntegrityReport;

std::uint64_t problems_in(const IntegrityReport& report) {
  return std::accumulate(report.totals.begin(), report.totals.end(), std::uint64_t{0});
}

std::uint64_t entries(const IntegrityReport& report, queue::Family family) {
  return report.entries[static_cast<std::size_t>(family)];
}

std::string counts_text(const IntegrityReport& report) {
  const auto& deliveries = report.deliveries;
  return counted(entries(report, queue::Family::messages), "message") + ", " +
         std::to_string(report.content_bytes) + " bytes of content\n" +
         "deliveries: " + std::to_string(deliveries.fresh) + " new, " +
         std::to_string(deliveries.waiting) + " waiting, " + std::to_string(deliveries.in_doubt) +
         " in doubt, " + std::to_string(deliveries.held) + " held, " +
         std::to_string(deliveries.undeliverable) + " undeliverable; " +
         std::to_string(deliveries.quarantined) + " in quarantine\n" +
         counted(entries(report, queue::Family::ledger), "line") + " of ledger, " +
         counted(entries(report, queue::Family::sites), "site") + " known\n";
}

std::string problems_text(const IntegrityReport& report) {
  std::string text;
  for (const auto& problem : report.examples) {
    text += std::string(to_string(problem.finding)) + "  " + printable(problem.subject) + "  " +
            printable(problem.what) + "\n";
  }
  for (std::size_t i = 0; i < report.totals.size(); ++i) {
    if (report.totals[i] <= IntegrityReport::most_examples) continue;
    text += std::string(to_string(static_cast<queue::Finding>(i))) + "  " +
            std::to_string(report.totals[i] - IntegrityReport::most_examples) + " more\n";
  }
  return text;
}

}  // namespace

std::string integrity_text(const std::filesystem::path& folder, const IntegrityReport& report) {
  auto text = "queue " + printable(folder.string());
  if (report.schema != 0) text += ", schema " + std::to_string(report.schema);
  text += "\n";
  if (report.schema != 0) text += counts_text(report);
  if (report.is_clean()) return text + "no problem found\n";
  text += problems_text(report) + counted(problems_in(report), "problem") + " found\n";
  if (report.repaired > 0) text += counted(report.repaired, "change") + " made to put that right\n";
  if (report.kept_copy) {
    text += "a copy of the folder as it was is in " + printable(report.kept_copy->string()) + "\n";
  }
  return text;
}

Json integrity_view(const std::filesystem::path& folder, const IntegrityReport& report) {
  Json view;
  view["folder"] = folder.string();
  view["schema"] = report.schema;
  view["entries"] = Json::object();
  for (const auto family : queue::all_families)
    view["entries"][std::string(to_string(family))] = entries(report, family);
  view["deliveries"]["new"] = report.deliveries.fresh;
  view["deliveries"]["waiting"] = report.deliveries.waiting;
  view["deliveries"]["in_doubt"] = report.deliveries.in_doubt;
  view["deliveries"]["held"] = report.deliveries.held;
  view["deliveries"]["undeliverable"] = report.deliveries.undeliverable;
  view["deliveries"]["quarantined"] = report.deliveries.quarantined;
  view["content_bytes"] = report.content_bytes;
  view["clean"] = report.is_clean();
  view["problems"] = Json::object();
  for (std::size_t i = 0; i < report.totals.size(); ++i) {
    if (report.totals[i] == 0) continue;
    view["problems"][std::string(to_string(static_cast<queue::Finding>(i)))] = report.totals[i];
  }
  view["examples"] = Json::array();
  for (const auto& problem : report.examples) {
    Json one;
    one["kind"] = to_string(problem.finding);
    one["subject"] = problem.subject;
    one["what"] = problem.what;
    view["examples"].push_back(std::move(one));
  }
  view["changes"] = report.repaired;
  view["kept_copy"] = report.kept_copy ? Json(report.kept_copy->string()) : Json(nullptr);
  return view;
}

}  // namespace greyhound::cli
