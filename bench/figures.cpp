#include "bench/figures.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iostream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "bench/callers.hpp"
#include "bench/progress.hpp"
#include "runtime/must.hpp"

namespace greyhound::bench {
namespace {

std::string number_text(double value) {
  const auto size = std::abs(value);
  if (size >= 1000) return fmt::format("{:.0f}", value);
  if (size >= 10) return fmt::format("{:.1f}", value);
  return fmt::format("{:.3f}", value);
}

std::string verdict(const Figure& figure) {
  if (!figure.target) return "";
  return figure.target->holds_for(figure.value) ? "holds" : "MISSED";
}

}  // namespace

bool Target::holds_for(double measured) const {
  switch (kind) {
    case Kind::at_least:
      return measured >= value;
    case Kind::at_most:
      return measured <= value;
    case Kind::below:
      return measured < value;
  }
  return false;
}

std::string Target::to_string() const {
  const auto* const sign = kind == Kind::at_least ? ">=" : kind == Kind::at_most ? "<=" : "<";
  return fmt::format("{} {:g}", sign, value);
}

void FigureSheet::add(Figure figure) {
  MUST(!value_of(figure.name));
  say(fmt::format(
      "{} {} {} {}", figure.name, number_text(figure.value), figure.unit, verdict(figure)));
  figures_.push_back(std::move(figure));
}

std::optional<double> FigureSheet::value_of(const std::string& name) const {
  for (const auto& figure : figures_) {
    if (figure.name == name) return figure.value;
  }
  return std::nullopt;
}

void FigureSheet::publish(const std::string& json) const {
  print_table(std::cout);
  if (!json.empty() && !write_json(json)) give_up("cannot write " + json);
}

void FigureSheet::print_table(std::ostream& out) const {
  std::size_t width = 0;
  for (const auto& figure : figures_)
    width = std::max(width, figure.name.size());
  out << fmt::format("{:<{}}  {:>10} {:<7} {:<8} {:<6} {}\n",
                     "FIGURE",
                     width,
                     "VALUE",
                     "UNIT",
                     "TARGET",
                     "",
                     "OF");
  for (const auto& figure : figures_) {
    out << fmt::format("{:<{}}  {:>10} {:<7} {:<8} {:<6} {}\n",
                       figure.name,
                       width,
                       number_text(figure.value),
                       figure.unit,
                       figure.target ? figure.target->to_string() : "",
                       verdict(figure),
                       figure.scale);
  }
  out.flush();
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const auto half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

bool FigureSheet::write_json(const std::filesystem::path& file) const {
  std::ofstream out(file);
  for (const auto& figure : figures_) {
    nlohmann::ordered_json line;
    line["figure"] = figure.name;
    line["value"] = figure.value;
    line["unit"] = figure.unit;
    line["target"] = nullptr;
    line["holds"] = nullptr;
    if (figure.target) {
      line["target"] = figure.target->to_string();
      line["holds"] = figure.target->holds_for(figure.value);
    }
    line["scale"] = figure.scale;
    out << line.dump() << '\n';
  }
  out.flush();
  return out.good();
}

}  // namespace greyhound::bench
