// Table: aligned columns for people, row by row in constant memory. Column widths come from the
// first rows; a later cell that is wider pushes its line, no row waits for the end.
// Cells are made safe for a terminal here; callers hand in raw text.
// Limits: on a terminal a line is cut to its width with an ellipsis; elsewhere nothing is cut.
#pragma once

#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace greyhound::cli {

class Table {
 public:
  static constexpr std::size_t sampled_rows = 1000;

  // `width`: of the terminal; none: plain. `out` outlives the table.
  Table(std::vector<std::string> header, std::ostream& out, std::optional<std::size_t> width);

  void add(std::vector<std::string> cells);  // as many as the header has
  void finish();                             // prints what is still held; without rows nothing
  bool is_empty() const { return !is_streaming_ && sample_.size() <= 1; }  // has no row

 private:
  void print_sample();
  void print(const std::vector<std::string>& cells);

  std::vector<std::vector<std::string>> sample_;  // the header first
  std::vector<std::size_t> widths_;
  std::ostream& out_;
  std::optional<std::size_t> line_width_;
  bool is_streaming_ = false;
};

// Columns that `text` takes on a terminal, one per UTF-8 character.
std::size_t shown_width(std::string_view text);

// At most `width` columns; what is cut off ends in an ellipsis.
std::string fitted(std::string_view text, std::size_t width);

}  // namespace greyhound::cli
