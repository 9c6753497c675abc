#include "tidy/standards.hpp"

#include <map>
#include <regex>
#include <set>
#include <sstream>

namespace greyhound::tidy {
namespace {

using Places = std::set<std::string>;         // "smtp_client/greeting"
using Lines = std::map<std::string, Places>;  // "12" -> where its tests are

constexpr const char* end_of_name = "_test.cpp";

std::vector<std::string> all_of(const std::string& text, const std::regex& pattern) {
  std::vector<std::string> found;
  for (auto at = std::sregex_iterator(text.begin(), text.end(), pattern);
       at != std::sregex_iterator();
       ++at) {
    found.push_back(at->str(1));
  }
  return found;
}

// Rows of the first table: "| 12 | from | what | `place`, `place` |".
Lines lines_of_page(const std::string& page) {
  static const std::regex row(R"(^\| (\d+) \|.*\| ([^|]*) \|$)");
  static const std::regex quoted("`([^`]*)`");
  Lines lines;
  std::istringstream text(page);
  bool is_kept = false;
  for (std::string line; std::getline(text, line);) {
    if (line.starts_with("## ")) is_kept = line == "## Kept";
    std::smatch parts;
    if (!is_kept || !std::regex_match(line, parts, row)) continue;
    const auto places = all_of(parts.str(2), quoted);
    lines[parts.str(1)].insert(places.begin(), places.end());
  }
  return lines;
}

std::string place_of(const std::string& path) {
  const std::string unit = "tests/unit/";
  const auto front = path.starts_with(unit) ? unit.size() : std::string("tests/").size();
  return path.substr(front, path.size() - front - std::string(end_of_name).size());
}

// Of the names "Says…_Line12" and "Says…_Line12And13".
Lines lines_of_tests(const Files& files) {
  static const std::regex suffix(R"(\w_Line(\d+(?:And\d+)*)\b)");
  static const std::regex number(R"((\d+))");
  Lines lines;
  for (const auto& file : files) {
    const bool holds_tests = file.folder == "tests" && file.path.ends_with(end_of_name);
    if (!holds_tests) continue;
    for (const auto& code : file.code) {
      for (const auto& numbers : all_of(code, suffix)) {
        for (const auto& line : all_of(numbers, number))
          lines[line].insert(place_of(file.path));
      }
    }
  }
  return lines;
}

void complain_of_what_is_only_in(const Lines& some,
                                 const Lines& others,
                                 const std::string& complaint,
                                 Offenders& offenders) {
  for (const auto& [line, places] : some) {
    const auto known = others.find(line);
    for (const auto& place : places) {
      const bool is_known = known != others.end() && known->second.contains(place);
      if (!is_known) offenders.push_back("line " + line + ", " + place + ": " + complaint);
    }
  }
}

}  // namespace

Offenders breaks_in_standards(const std::string& page, const Files& files) {
  const auto kept = lines_of_page(page);
  const auto proved = lines_of_tests(files);
  Offenders offenders;
  for (const auto& [line, places] : kept) {
    if (places.empty()) offenders.push_back("line " + line + ": is called kept without a test");
  }
  complain_of_what_is_only_in(kept, proved, "there is no such test", offenders);
  complain_of_what_is_only_in(proved, kept, "docs/standards.md does not name it", offenders);
  return offenders;
}

}  // namespace greyhound::tidy
