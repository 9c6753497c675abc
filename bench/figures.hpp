// FigureSheet: what was measured, as a table for people and as JSON lines for programs.
// Owner: main. Limits: a figure is named once.
#pragma once

#include <filesystem>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

namespace greyhound::bench {

struct Target {
  enum class Kind : unsigned char { at_least, at_most, below };
  Kind kind;
  double value;

  bool holds_for(double measured) const;
  std::string to_string() const;  // ">= 0.6"
};

inline Target at_least(double value) {
  return {Target::Kind::at_least, value};
}
inline Target at_most(double value) {
  return {Target::Kind::at_most, value};
}
inline Target below(double value) {
  return {Target::Kind::below, value};
}

struct Figure {
  std::string name;
  double value;
  std::string unit;
  std::string scale;                  // of how many, of which size
  std::optional<Target> target = {};  // none: there is none, or only full scale can tell
};

double median(std::vector<double> values);

class FigureSheet {
 public:
  void add(Figure figure);  // says it on standard error as well: the table comes at the very end
  std::optional<double> value_of(const std::string& name) const;

  // A table on standard output; and if the file `json` is named, one object a line there:
  // {"figure","value","unit","target","holds","scale"}.
  void publish(const std::string& json) const;

 private:
  void print_table(std::ostream& out) const;
  bool write_json(const std::filesystem::path& file) const;

  std::vector<Figure> figures_;
};

}  // namespace greyhound::bench
