#include <ostream>

#include "cli/commands.hpp"
#include "config/loader.hpp"

namespace greyhound::cli {

std::optional<config::Settings> load_settings(const std::filesystem::path& folder,
                                              SettingsFor whom,
                                              Console& console) {
  const bool is_agent = whom == SettingsFor::the_agent;
  const auto files = is_agent ? config::NamedFiles::read : config::NamedFiles::left_alone;
  auto loaded = config::load(folder, files);
  for (const auto& problem : loaded.problems) {
    const bool is_error = problem.severity == config::Problem::Severity::error;
    if (!is_error && !is_agent) continue;
    console.err << printable(problem.to_string()) << '\n';
  }
  if (!loaded.has_errors()) return std::move(loaded.settings);
  console.err << "greyhound: the configuration in " << printable(folder.string())
              << " has errors; nothing was done\n";
  return std::nullopt;
}

std::optional<config::Settings> load_settings_or_defaults(const std::filesystem::path& folder,
                                                          Console& console) {
  std::error_code error;
  if (std::filesystem::exists(folder, error)) {
    return load_settings(folder, SettingsFor::its_callers, console);
  }
  console.err << "greyhound: there is no " << printable(folder.string())
              << "; the shipped defaults are taken\n";
  return config::defaults();
}

}  // namespace greyhound::cli
