#include "config/notice_texts_json.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "config/embedded.hpp"
#include "config/file_text.hpp"
#include "config/format.hpp"
#include "config/json_document.hpp"
#include "config/reporter.hpp"
#include "config/schema_check.hpp"
#include "config/setting.hpp"
#include "mail/address.hpp"
#include "mail/utf8.hpp"
#include "runtime/must.hpp"

namespace greyhound::config {
namespace {

namespace fs = std::filesystem;
using notify::NoticeTexts;

// What is put into notices must be text, whatever an editor left in a file.
bool is_fit(std::string_view phrase) {
  while (!phrase.empty()) {
    const auto next = mail::front_of(phrase);
    if (!next || mail::acts_on_display(next->value)) return false;
    phrase.remove_prefix(next->length);
  }
  return true;
}

void read_phrase(const Setting& value,
                 std::string_view placeholders,
                 std::string& into,
                 Reporter& report) {
  if (!is_fit(value.text())) {
    report.error(value, "holds a control character", "write it in one line of plain text");
    return;
  }
  if (const auto unknown = notify::unknown_placeholder(value.text(), placeholders)) {
    const auto known = placeholders.empty() ? "none" : fmt::format("of these: {}", placeholders);
    report.error(value, fmt::format("has no value for {}", *unknown), "use " + known);
    return;
  }
  into = value.text();
}

template <std::size_t count>
void read_names(const Setting& list, std::array<std::string, count>& into, Reporter& report) {
  const auto names = list.items();
  for (std::size_t i = 0; i < names.size() && i < count; ++i)
    read_phrase(names[i], "", into.at(i), report);
}

// Lays what the file says over `texts`; `is_new`: there is nothing below it.
void read_texts(const Setting& file, bool is_new, NoticeTexts& texts, Reporter& report) {
  for (const auto& rule : notify::phrase_rules()) {
    if (file.has(rule.name)) {
      auto& phrase = texts.phrases.at(static_cast<std::size_t>(rule.phrase));
      read_phrase(file.at(rule.name), rule.placeholders, phrase, report);
    } else if (is_new) {
      report.error(file,
                   fmt::format("lacks {}, and no texts in this language are shipped",
                               shown(std::string(rule.name))),
                   "write all phrases, as in config/notices/en.json");
      return;
    }
  }
  const bool has_names = file.has("weekdays") && file.has("months");
  if (is_new && !has_names) {
    report.error(file, "lacks \"weekdays\" or \"months\"", "write both");
    return;
  }
  if (file.has("weekdays")) read_names(file.at("weekdays"), texts.weekdays, report);
  if (file.has("months")) read_names(file.at("months"), texts.months, report);
}

const JsonNode& schema() {
  static const auto tree = parse_shipped("notice_texts.schema.json", notice_texts_schema);
  return tree;
}

notify::NoticeTextsPtr shipped(std::string_view language, std::string_view text) {
  const auto name = fmt::format("notices/{}.json", language);
  const auto document = parse_shipped(name, text);
  Problems problems;
  Reporter report(name, problems);
  NoticeTexts texts;
  texts.language = language;
  read_texts(Setting(document, ""), true, texts, report);
  MUST(problems.empty());
  return std::make_shared<const NoticeTexts>(std::move(texts));
}

void add_file(const fs::path& path, NoticeLibrary& library, Problems& problems) {
  Problems found;
  const auto text = read_text(path, path.string(), found);
  auto document = text ? parse_document(path.string(), *text, found) : std::nullopt;
  if (document) check_schema(path.string(), schema(), *document, found);
  if (document && !document->is_refused && found.empty()) {
    const Setting file(*document, "");
    Reporter report(path.string(), found);
    const auto& language = file.at("language").text();
    const auto key = mail::lower_case(language);
    if (mail::lower_case(path.stem().string()) != key) {
      report.error(file.at("language"), "is not the name of the file", "rename one of them");
    }
    const auto known = library.find(key);
    const bool is_new = known == library.end();
    NoticeTexts texts = is_new ? NoticeTexts{} : *known->second;
    texts.language = language;
    read_texts(file, is_new, texts, report);
    if (found.empty()) library[key] = std::make_shared<const NoticeTexts>(std::move(texts));
  }
  problems.insert(problems.end(), found.begin(), found.end());
}

}  // namespace

const NoticeLibrary& shipped_notice_texts() {
  static const NoticeLibrary library{{"de", shipped("de", notices_de)},
                                     {"en", shipped("en", notices_en)},
                                     {"es", shipped("es", notices_es)},
                                     {"fr", shipped("fr", notices_fr)}};
  return library;
}

NoticeLibrary load_notice_texts(const fs::path& folder, Problems& problems) {
  auto library = shipped_notice_texts();
  std::error_code error;
  std::vector<fs::path> files;
  for (auto entry = fs::directory_iterator(folder, error); entry != fs::directory_iterator();
       entry.increment(error)) {
    if (error) break;
    if (entry->path().extension() == ".json") files.push_back(entry->path());
  }
  if (error) {
    problems.push_back({Problem::Severity::error,
                        folder.string(),
                        0,
                        "",
                        fmt::format("cannot be read: {}", error.message()),
                        "name a folder with files such as en.json"});
  }
  std::sort(files.begin(), files.end());
  for (const auto& file : files)
    add_file(file, library, problems);
  return library;
}

notify::NoticeTextsPtr texts_in(const NoticeLibrary& library, const std::string& language) {
  auto tag = mail::lower_case(language);
  for (;;) {
    if (const auto found = library.find(tag); found != library.end()) return found->second;
    const auto hyphen = tag.rfind('-');
    if (hyphen == std::string::npos) return nullptr;
    tag.erase(hyphen);
  }
}

}  // namespace greyhound::config
