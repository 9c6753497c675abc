#include "cli/config_check.hpp"

#include <algorithm>
#include <ostream>
#include <set>
#include <string>
#include <variant>

#include <nlohmann/json.hpp>

#include "cli/console.hpp"
#include "cli/coverage_check.hpp"
#include "cli/exit_codes.hpp"
#include "config/loader.hpp"

namespace greyhound::cli {
namespace {

using config::Problem;
using config::Problems;

std::string to_json_line(const Problem& problem) {
  const nlohmann::ordered_json line{
      {"file", problem.file},
      {"line", problem.line},
      {"pointer", problem.pointer},
      {"severity", config::to_string(problem.severity)},
      {"what", problem.what},
      {"suggestion", problem.suggestion},
  };
  // A file name or a value may hold bytes that are not UTF-8; they must not cost the report.
  return line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

// sendmail speaks to the agent by a unix socket only.
bool reaches_agent_by_sendmail(const config::Settings& settings) {
  const auto& listeners = settings.intake.listeners;
  return std::any_of(listeners.begin(), listeners.end(), [](const auto& listener) {
    return std::holds_alternative<intake::UnixListener>(listener);
  });
}

Problem no_unix_listener(const config::LoadedSettings& loaded) {
  const std::string pointer = "/intake/listeners";
  return {Problem::Severity::note,
          "greyhound.json",
          line_at(loaded.greyhound, pointer),
          pointer,
          "has no unix socket: `greyhound sendmail` uses the drop folder though the agent runs",
          "add one such as { \"unix\": \"/run/greyhound/smtp.sock\" }"};
}

// What is found in the whole, once nothing in it is wrong.
Problems findings_in(const config::LoadedSettings& loaded) {
  auto problems = coverage_problems(loaded);
  if (!reaches_agent_by_sendmail(loaded.settings)) {
    problems.insert(problems.begin(), no_unix_listener(loaded));
  }
  return problems;
}

std::string summary(const std::filesystem::path& folder, const Problems& problems) {
  std::set<std::string> files;
  std::size_t notes = 0;
  for (const auto& problem : problems) {
    if (problem.severity == Problem::Severity::note) {
      ++notes;
    } else {
      files.insert(problem.file);
    }
  }
  const auto serious = problems.size() - notes;
  auto text = serious == 0 ? "the configuration in " + folder.string() + " is good"
                           : counted(serious, "problem") + " in " + counted(files.size(), "file");
  if (notes > 0) text += ", " + counted(notes, "note");
  return text;
}

}  // namespace

int config_check(const std::filesystem::path& folder,
                 bool as_json,
                 std::ostream& out,
                 std::ostream& err) {
  const auto loaded = config::load(folder);
  auto problems = loaded.problems;
  if (!loaded.has_errors()) {
    for (auto& problem : findings_in(loaded))
      problems.push_back(std::move(problem));
  }
  for (const auto& problem : problems) {
    out << (as_json ? to_json_line(problem) : printable(problem.to_string())) << '\n';
  }
  if (!loaded.has_errors()) {
    if (as_json) {
      print_coverage_json(loaded.settings, out);
    } else {
      print_coverage(loaded.settings, out);
    }
  }
  (as_json ? err : out) << printable(summary(folder, problems)) << '\n';
  const bool is_good = std::all_of(problems.begin(), problems.end(), [](const Problem& problem) {
    return problem.severity == Problem::Severity::note;
  });
  return is_good ? exit_done : exit_problems_found;
}

}  // namespace greyhound::cli
