#include "tidy/source_file.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <regex>

namespace greyhound::tidy {
namespace {

constexpr std::array<std::string_view, 12> code_folders{"runtime",
                                                        "mail",
                                                        "queue",
                                                        "notify",
                                                        "scheduler",
                                                        "smtp_client",
                                                        "intake",
                                                        "config",
                                                        "agent",
                                                        "cli",
                                                        "tests",
                                                        "bench"};

std::vector<std::string> split_lines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(text.size(), end + 1));
  }
  return lines;
}

// Walks C++ text and drops comments and the contents of literals; line ends stay.
class CodeReader {
 public:
  explicit CodeReader(std::string_view text) : rest_(text) {}

  std::string read() {
    while (!rest_.empty()) {
      if (rest_.starts_with("//")) {
        skip(std::min(rest_.find('\n'), rest_.size()));
      } else if (rest_.starts_with("/*")) {
        skip_past("*/");
      } else if (rest_.starts_with("R\"")) {
        const auto open = std::min(rest_.find('('), rest_.size());
        skip_past(")" + std::string(rest_.substr(2, open - std::min<std::size_t>(open, 2))) + "\"");
        code_ += "\"\"";
      } else if (rest_.front() == '"' || (rest_.front() == '\'' && !is_digit_separator())) {
        skip_literal(rest_.front());
      } else {
        keep();
      }
    }
    return std::move(code_);
  }

 private:
  bool is_digit_separator() const { return !code_.empty() && std::isxdigit(code_.back()) != 0; }

  void keep() {
    code_ += rest_.front();
    rest_.remove_prefix(1);
  }

  void skip(std::size_t count) {
    for (; count > 0 && !rest_.empty(); --count) {
      if (rest_.front() == '\n') code_ += '\n';
      rest_.remove_prefix(1);
    }
  }

  void skip_past(const std::string& end) {
    const auto at = rest_.find(end, 2);
    skip(at == std::string_view::npos ? rest_.size() : at + end.size());
  }

  void skip_literal(char quote) {
    code_ += quote;
    skip(1);
    while (!rest_.empty() && rest_.front() != quote && rest_.front() != '\n') {
      skip(rest_.front() == '\\' ? 2 : 1);
    }
    skip(1);
    code_ += quote;
  }

  std::string_view rest_;
  std::string code_;
};

std::vector<Include> includes_of(const std::vector<std::string>& lines) {
  static const std::regex pattern(R"re(^\s*#\s*include\s*(["<])([^">]+)[">])re");
  std::vector<Include> includes;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    std::smatch match;
    if (!std::regex_search(lines[i], match, pattern)) continue;
    includes.push_back({i + 1, match[2].str(), match[1].str() == "\""});
  }
  return includes;
}

bool is_code(const std::filesystem::path& path) {
  return path.extension() == ".hpp" || path.extension() == ".cpp";
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

SourceFile make_source_file(std::string path, std::string_view text) {
  SourceFile file{.path = std::move(path),
                  .folder = {},
                  .lines = split_lines(text),
                  .code = split_lines(CodeReader(text).read()),
                  .includes = {},
                  .first_comment = {}};
  file.folder = file.path.substr(0, file.path.find('/'));
  file.includes = includes_of(file.lines);
  for (const auto& line : file.lines) {
    if (!line.starts_with("//")) break;
    file.first_comment += line + "\n";
  }
  return file;
}

std::vector<SourceFile> read_tree(const std::filesystem::path& root) {
  std::vector<SourceFile> files;
  for (const auto folder : code_folders) {
    if (!std::filesystem::is_directory(root / folder)) continue;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root / folder)) {
      if (!entry.is_regular_file() || !is_code(entry.path())) continue;
      const auto path = std::filesystem::relative(entry.path(), root).generic_string();
      files.push_back(make_source_file(path, read_file(entry.path())));
    }
  }
  std::sort(files.begin(), files.end(), [](const SourceFile& a, const SourceFile& b) {
    return a.path < b.path;
  });
  return files;
}

}  // namespace greyhound::tidy
