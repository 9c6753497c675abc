#include "config/loader.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "config/embedded.hpp"
#include "config/file_text.hpp"
#include "config/greyhound_json.hpp"
#include "config/greylisters_json.hpp"
#include "config/json_document.hpp"
#include "config/not_yet.hpp"
#include "config/notification_json.hpp"
#include "config/replies_json.hpp"
#include "config/retry_json.hpp"
#include "config/schema_check.hpp"
#include "config/suggestion.hpp"

namespace greyhound::config {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t max_problems = 200;  // of one file: nobody reads on

struct ShippedFile {
  std::string name;
  JsonNode defaults;
  JsonNode schema;
};

ShippedFile shipped(std::string name, std::string_view defaults, std::string_view schema) {
  auto default_tree = parse_shipped(name, defaults);
  auto schema_tree = parse_shipped(name, schema);
  return {std::move(name), std::move(default_tree), std::move(schema_tree)};
}

const std::array<ShippedFile, 3>& shipped_files() {
  static const std::array<ShippedFile, 3> files{
      shipped("greyhound.json", greyhound_defaults, greyhound_schema),
      shipped("retry.json", retry_defaults, retry_schema),
      shipped("notification.json", notification_defaults, notification_schema)};
  return files;
}

// A text laid over the defaults, checked by itself; `name` is for problems.
JsonNode load_text(const std::string& name,
                   const std::optional<std::string>& text,
                   const ShippedFile& shipped,
                   Problems& problems) {
  auto document = text ? parse_document(name, *text, problems) : std::nullopt;
  JsonNode empty;
  empty.kind = JsonNode::Kind::object;
  if (!document) return overlay(shipped.defaults, empty);
  check_schema(name, shipped.schema, *document, problems);
  check_not_yet(shipped.name, *document, shipped.defaults, problems);
  return overlay(shipped.defaults, *document);
}

// Of the folder; none: what is shipped, as if nothing were in it.
using Folder = std::optional<fs::path>;

std::optional<std::string> text_in(const Folder& folder,
                                   const std::string& name,
                                   Problems& problems) {
  return folder ? read_text(*folder / name, name, problems) : std::nullopt;
}

JsonNode load_file(const Folder& folder, const ShippedFile& shipped, Problems& problems) {
  const auto text = text_in(folder, shipped.name, problems);
  return load_text(shipped.name, text, shipped, problems);
}

bool has_error(const Problems& problems) {
  return std::any_of(problems.begin(), problems.end(), [](const Problem& problem) {
    return problem.severity == Problem::Severity::error;
  });
}

CataloguePtr load_catalogue(const Folder& folder, Problems& problems) {
  const std::string name = "greylisters.json";
  const auto text = text_in(folder, name, problems);
  return extended(text ? read_greylisters(name, *text, problems) : scheduler::Greylisters());
}

mail::ReplyRulesPtr load_reply_rules(const Folder& folder, Problems& problems) {
  const std::string name = "replies.json";
  const auto text = text_in(folder, name, problems);
  return before_shipped(text ? read_reply_rules(name, *text, problems)
                             : std::vector<mail::ReplyRule>());
}

// A file by a mistyped name would silently mean the defaults.
void check_names(const fs::path& folder, Problems& problems) {
  const std::set<std::string> read{
      "greyhound.json", "retry.json", "notification.json", "greylisters.json", "replies.json"};
  std::vector<std::string> missing;
  std::error_code error;
  for (const auto& name : read) {
    if (!fs::exists(folder / name, error)) missing.push_back(name);
  }
  std::set<std::string> others;
  for (auto entry = fs::directory_iterator(folder, error); entry != fs::directory_iterator();
       entry.increment(error)) {
    if (error) break;
    others.insert(entry->path().filename().string());
  }
  for (const auto& other : others) {
    if (read.contains(other)) continue;
    const auto guess = nearest(other, missing);
    if (!guess) continue;
    problems.push_back({Problem::Severity::warning,
                        other,
                        0,
                        "",
                        "is not read, and " + *guess + " is missing",
                        "did you mean \"" + *guess + "\"?"});
  }
}

bool is_readable_folder(const fs::path& folder, Problems& problems) {
  std::error_code error;
  if (!fs::is_directory(folder, error)) {
    problems.push_back(whole_file(
        folder.string(),
        "is no folder that can be read" + (error ? ": " + error.message() : std::string()),
        "name the folder of the JSON files with --config"));
    return false;
  }
  return true;
}

// Problems of one file, in the order of its lines, cut where there are very many.
Problems in_order(Problems problems) {
  std::multimap<unsigned, Problem> by_line;  // keeps the order of those of one line
  for (auto& problem : problems)
    by_line.emplace(problem.line, std::move(problem));
  Problems ordered;
  for (auto& [line, problem] : by_line) {
    if (ordered.size() == max_problems) {
      const auto left = by_line.size() - max_problems;
      ordered.push_back(whole_file(problem.file, std::to_string(left) + " more problems", ""));
      break;
    }
    ordered.push_back(std::move(problem));
  }
  return ordered;
}

LoadedSettings load_files(const Folder& folder, NamedFiles files = NamedFiles::read) {
  LoadedSettings loaded;
  auto& settings = loaded.settings;
  std::array<Problems, 5> problems;
  std::array<JsonNode, 3> trees;
  for (std::size_t i = 0; i < trees.size(); ++i) {
    trees[i] = load_file(folder, shipped_files()[i], problems[i]);
  }
  const auto& [greyhound, retry, notification] = shipped_files();
  Reporter greyhound_report(greyhound.name, problems[0], files);
  read_greyhound(Setting(trees[0], ""), greyhound_report, settings);
  Reporter retry_report(retry.name, problems[1]);
  auto default_rule = retry.defaults.find("rules")->items.front();
  read_retry(Setting(trees[1], ""), default_rule, retry_report, settings.retry);
  Reporter notification_report(notification.name, problems[2]);
  Problems texts;
  read_notification(
      Setting(trees[2], ""), settings.domain, notification_report, texts, settings.notification);
  loaded.greyhound = std::move(trees[0]);
  loaded.retry = std::move(trees[1]);
  settings.retry.catalogue = load_catalogue(folder, problems[3]);
  settings.retry.reply_rules = load_reply_rules(folder, problems[4]);
  settings.smtp.reply_rules = settings.retry.reply_rules;
  for (auto& of_file : problems) {
    auto ordered = in_order(std::move(of_file));
    std::move(ordered.begin(), ordered.end(), std::back_inserter(loaded.problems));
  }
  std::move(texts.begin(), texts.end(), std::back_inserter(loaded.problems));
  if (folder) check_names(*folder, loaded.problems);
  return loaded;
}

}  // namespace

bool LoadedSettings::has_errors() const {
  return has_error(problems);
}

bool LoadedRetry::has_errors() const {
  return has_error(problems);
}

std::optional<std::string> read_list(const fs::path& file, Problems& problems) {
  auto text = read_text(file, file.string(), problems);
  if (!text && problems.empty()) {
    problems.push_back(whole_file(file.string(), "does not exist", "name a file that does"));
  }
  return text;
}

LoadedRetry load_retry(const fs::path& file) {
  LoadedRetry loaded;
  const auto& retry = shipped_files()[1];
  const auto text = read_list(file, loaded.problems);
  const auto tree = load_text(file.string(), text, retry, loaded.problems);
  Reporter report(file.string(), loaded.problems);
  const auto default_rule = retry.defaults.find("rules")->items.front();
  read_retry(Setting(tree, ""), default_rule, report, loaded.settings);
  loaded.settings.catalogue = shipped_catalogue();
  loaded.settings.reply_rules = shipped_reply_rules();
  loaded.problems = in_order(std::move(loaded.problems));
  return loaded;
}

LoadedSettings load(const std::filesystem::path& folder, NamedFiles files) {
  LoadedSettings loaded;
  if (!is_readable_folder(folder, loaded.problems)) return loaded;
  return load_files(folder, files);
}

Settings defaults() {
  return load_files(std::nullopt).settings;
}

}  // namespace greyhound::config
