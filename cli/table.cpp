#include "cli/table.hpp"

#include <algorithm>
#include <ostream>

#include "cli/console.hpp"
#include "runtime/must.hpp"

namespace greyhound::cli {
namespace {

constexpr std::size_t gap = 2;
constexpr std::string_view ellipsis = "\xe2\x80\xa6";

bool starts_character(char c) {
  return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
}

}  // namespace

std::size_t shown_width(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), starts_character));
}

std::string fitted(std::string_view text, std::size_t width) {
  if (shown_width(text) <= width) return std::string(text);
  if (width == 0) return {};
  std::size_t kept = 0;
  std::size_t end = 0;
  while (end < text.size()) {
    if (starts_character(text[end]) && kept++ == width - 1) break;
    ++end;
  }
  return std::string(text.substr(0, end)) + std::string(ellipsis);
}

Table::Table(std::vector<std::string> header, std::ostream& out, std::optional<std::size_t> width)
    : out_(out), line_width_(width) {
  widths_.resize(header.size(), 0);
  sample_.push_back(std::move(header));
}

void Table::add(std::vector<std::string> cells) {
  MUST(cells.size() == widths_.size());
  for (auto& cell : cells)
    cell = printable(cell);
  if (is_streaming_) return print(cells);
  sample_.push_back(std::move(cells));
  if (sample_.size() > sampled_rows) print_sample();
}

void Table::finish() {
  if (!is_streaming_ && sample_.size() > 1) print_sample();
  out_.flush();
}

void Table::print_sample() {
  for (const auto& row : sample_) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths_[i] = std::max(widths_[i], shown_width(row[i]));
    }
  }
  for (const auto& row : sample_)
    print(row);
  sample_.clear();
  is_streaming_ = true;
}

// The last column is not padded, so that no line ends in spaces.
void Table::print(const std::vector<std::string>& cells) {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    line += cells[i];
    if (i + 1 == cells.size()) break;
    const auto width = shown_width(cells[i]);
    line.append(std::max(widths_[i], width) - width + gap, ' ');
  }
  line.erase(line.find_last_not_of(' ') + 1);
  out_ << (line_width_ ? fitted(line, *line_width_) : line) << '\n';
}

}  // namespace greyhound::cli
