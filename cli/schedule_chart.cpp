#include "cli/schedule_chart.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <map>
#include <ratio>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "cli/console.hpp"
#include "cli/table.hpp"
#include "runtime/duration_text.hpp"

namespace greyhound::cli {
namespace {

using namespace std::chrono_literals;
using Minutes = std::chrono::duration<double, std::ratio<60>>;

constexpr std::size_t most_schedules = 12;
constexpr std::size_t most_receivers = 200;

// Across the page, in pixels: names, windows, the axis, and two columns for what it cannot hold.
constexpr double page_width = 1040;
constexpr double margin = 24;
constexpr double names_width = 204;
constexpr double window_text_x = 276;  // where the windows' lengths end
constexpr double zero_x = 288;         // the first contact
constexpr double minute_x = 322;       // linear up to here, logarithmic from here on
constexpr double axis_end_x = 904;
constexpr double later_x = 948;
constexpr double never_x = 992;
constexpr std::array<double, 4> figures_x = {620, 740, 860, 980};  // where a summary's figures end

// Down the page.
constexpr double line_height = 20;
constexpr double axis_height = 34;
constexpr double row_padding = 4;
constexpr double lane_height = 9.5;  // one schedule's share of a row

constexpr Duration axis_end = 12h;
constexpr std::array<Duration, 11> ticks = {
    1min, 2min, 5min, 10min, 20min, 30min, 1h, 2h, 4h, 8h, axis_end};

// Neighbours lie 25 or more apart in lightness (CIE L*), so grey paper can tell them apart.
constexpr std::array<std::string_view, most_schedules> colours = {"#0b2e59",
                                                                  "#e69f00",
                                                                  "#b5172f",
                                                                  "#2fb38a",
                                                                  "#5b2a86",
                                                                  "#d982b5",
                                                                  "#7a4a12",
                                                                  "#4aa3df",
                                                                  "#1a1a1a",
                                                                  "#9aa61f",
                                                                  "#0f5c7a",
                                                                  "#949494"};

// Paths around the origin. Colour and outline make a mark; no two schedules share both.
constexpr std::array<std::string_view, 6> outlines = {"M-4,0A4,4 0 1 1 4,0A4,4 0 1 1 -4,0Z",
                                                      "M-3.6,-3.6H3.6V3.6H-3.6Z",
                                                      "M0,-5L5,0L0,5L-5,0Z",
                                                      "M0,-4.8L4.6,3.4H-4.6Z",
                                                      "M0,4.8L4.6,-3.4H-4.6Z",
                                                      "M-5,0L-2,-4H2L5,0L2,4H-2Z"};

constexpr std::string_view heading = "When each schedule gets through greylisting";

constexpr std::string_view plain;
constexpr std::string_view to_the_left = R"( text-anchor="end")";
constexpr std::string_view small = R"( font-size="10" fill="#555555")";
constexpr std::string_view small_to_the_left =
    R"( font-size="10" fill="#555555" text-anchor="end")";
constexpr std::string_view small_centred = R"( font-size="10" fill="#555555" text-anchor="middle")";

// One receiver and what each schedule had there; null: not tried.
struct Row {
  std::string_view name;
  Duration window;
  std::vector<const ChartedReceiver*> results;
};

// What is drawn of the schedules handed in, which must outlive it.
struct Picture {
  std::vector<const ChartedSchedule*> schedules;
  std::vector<Row> rows;  // the shortest window first
  std::string schedules_left_out;
  std::size_t schedules_left_out_count = 0;
  std::size_t receivers_left_out_count = 0;
};

void choose_schedules(const std::vector<ChartedSchedule>& schedules, Picture& picture) {
  for (const auto& schedule : schedules) {
    if (picture.schedules.size() < most_schedules) {
      picture.schedules.push_back(&schedule);
      continue;
    }
    if (picture.schedules_left_out_count++ > 0) picture.schedules_left_out += ", ";
    picture.schedules_left_out += schedule.name;
  }
}

void choose_rows(Picture& picture) {
  std::map<std::pair<Duration, std::string_view>, Row> rows;
  for (std::size_t i = 0; i < picture.schedules.size(); ++i) {
    for (const auto& receiver : picture.schedules[i]->receivers) {
      auto& row = rows[{receiver.window, receiver.name}];
      row.results.resize(picture.schedules.size());
      row.results[i] = &receiver;
    }
  }
  for (auto& [key, row] : rows) {
    if (picture.rows.size() == most_receivers) break;
    picture.rows.push_back({key.second, key.first, std::move(row.results)});
  }
  picture.receivers_left_out_count = rows.size() - picture.rows.size();
}

double x_of(Duration time) {
  if (time > axis_end) return later_x;
  const auto minutes = std::max(Minutes(time).count(), 0.0);
  if (minutes < 1) return zero_x + (minute_x - zero_x) * minutes;
  return minute_x +
         (axis_end_x - minute_x) * std::log10(minutes) / std::log10(Minutes(axis_end).count());
}

std::string in_seconds(Duration duration) {
  return to_text(std::chrono::round<std::chrono::seconds>(duration));
}

// As much of a name as a line of the legend has room for.
std::string shown(std::string_view name) {
  return fitted(printable(name), 60);
}

std::string described(const ChartedSchedule& schedule, const ChartedReceiver& result) {
  auto text = shown(schedule.name) + " at " + shown(result.name) + ": ";
  if (result.accepted_after)
    text += "accepted after " + in_seconds(*result.accepted_after) + ", " +
            in_seconds(result.excess) + " lost, ";
  else
    text += "never accepted, ";
  text += fmt::format("{} attempts", result.attempts);
  return text + (result.had_delay_notice ? ", with a delay notice" : "");
}

// For text and for attribute values. Source: XML 1.0 sections 2.2 and 2.4.
std::string xml_text(std::string_view text) {
  std::string escaped;
  for (const char c : printable(text)) {
    switch (c) {
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '&':
        escaped += "&amp;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      default:
        escaped += c;
    }
  }
  for (const std::string_view no_character : {"\xef\xbf\xbe", "\xef\xbf\xbf"}) {
    for (auto at = escaped.find(no_character); at != std::string::npos;
         at = escaped.find(no_character, at))
      escaped.replace(at, no_character.size(), "\xef\xbf\xbd");
  }
  return escaped;
}

// Writes the body from the top of the page to its end, then the frame around it.
class ChartWriter {
 public:
  explicit ChartWriter(const Picture& picture) : picture_(picture) {}
  std::string chart();

 private:
  void write_legend();
  void write_summary(std::size_t schedule);
  void write_left_out();
  void write_grid();
  void write_axis_labels(double y);
  void write_row(const Row& row, bool is_shaded);
  void write_result(std::size_t schedule, const ChartedReceiver& result, double y);
  void write_mark(std::size_t schedule, double x, double y, bool is_hollow);
  void write_text(double x, double y, std::string_view attributes, std::string_view text);

  template <class... Arguments>
  void write(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    fmt::format_to(std::back_inserter(body_), format, std::forward<Arguments>(arguments)...);
  }

  double row_height() const {
    const auto lanes = static_cast<double>(picture_.schedules.size());
    return std::max(lanes * lane_height + 2 * row_padding, 18.0);
  }

  const Picture& picture_;
  std::string body_;
  double y_ = margin;  // down to here the page is written
};

std::string ChartWriter::chart() {
  write_legend();
  write_grid();
  for (std::size_t i = 0; i < picture_.rows.size(); ++i)
    write_row(picture_.rows[i], i % 2 == 1);
  write_axis_labels(y_ + 14);
  return fmt::format(
      R"(<svg xmlns="http://www.w3.org/2000/svg" width="{0:.0f}" height="{1:.0f}" )"
      R"(viewBox="0 0 {0:.0f} {1:.0f}" style="max-width:100%;height:auto" )"
      R"(font-family="sans-serif" font-size="12" fill="#1a1a1a">)"
      "\n<title>{2}</title>\n"
      R"(<clipPath id="names"><rect x="{3:.0f}" width="{4:.0f}" height="100%"/></clipPath>)"
      "\n"
      R"(<rect width="100%" height="100%" fill="#ffffff"/>)"
      "\n{5}</svg>\n",
      page_width,
      y_ + 14 + margin,
      heading,
      margin,
      names_width,
      body_);
}

void ChartWriter::write_text(double x,
                             double y,
                             std::string_view attributes,
                             std::string_view text) {
  write("<text x=\"{:.1f}\" y=\"{:.1f}\"{}>{}</text>\n", x, y, attributes, xml_text(text));
}

void ChartWriter::write_legend() {
  write_text(margin, y_ + 14, R"( font-size="17" font-weight="bold")", heading);
  write_text(margin,
             y_ + 34,
             small,
             "Bar: the receiver refuses. Mark: it accepts; the line before it is time lost. "
             "Hollow mark: the sender had a delay notice.");
  y_ += 60;
  write_text(margin, y_, small, "schedule");
  constexpr std::array<std::string_view, 4> headings = {
      "mean time lost", "mean attempts", "delay notices", "never passed"};
  for (std::size_t i = 0; i < headings.size(); ++i)
    write_text(figures_x[i], y_, small_to_the_left, headings[i]);
  y_ += line_height;
  for (std::size_t i = 0; i < picture_.schedules.size(); ++i)
    write_summary(i);
  write_left_out();
}

void ChartWriter::write_summary(std::size_t schedule) {
  const auto& summarised = *picture_.schedules[schedule];
  write_mark(schedule, margin + 6, y_ - 4, false);
  write_text(margin + 20, y_, plain, shown(summarised.name));
  const std::array<std::string, 4> figures = {
      in_seconds(summarised.summary.mean_excess),
      fmt::format("{:.1f}", summarised.summary.mean_attempts),
      std::to_string(summarised.summary.delay_notices),
      std::to_string(summarised.summary.never_passed)};
  for (std::size_t i = 0; i < figures.size(); ++i)
    write_text(figures_x[i], y_, to_the_left, figures[i]);
  y_ += line_height;
}

void ChartWriter::write_left_out() {
  if (picture_.schedules_left_out_count > 0) {
    write_text(margin,
               y_,
               small,
               fmt::format("Not drawn: {} more schedules: {}",
                           picture_.schedules_left_out_count,
                           fitted(printable(picture_.schedules_left_out), 150)));
    y_ += line_height;
  }
  if (picture_.receivers_left_out_count > 0) {
    write_text(margin,
               y_,
               small,
               fmt::format("Not drawn: the {} receivers with the longest windows",
                           picture_.receivers_left_out_count));
    y_ += line_height;
  }
}

void ChartWriter::write_grid() {
  write_text(margin + 2, y_ + axis_height - 7, small, "receiver");
  write_text(window_text_x, y_ + axis_height - 7, small_to_the_left, "refuses for");
  write_axis_labels(y_ + axis_height - 7);
  y_ += axis_height;
  const auto end = y_ + static_cast<double>(picture_.rows.size()) * row_height();
  write("<path stroke=\"#c4c4c4\" stroke-width=\"0.6\" d=\"");
  for (const auto tick : ticks)
    write("M{:.1f},{:.1f}V{:.1f}", x_of(tick), y_, end);
  write("\"/>\n<path stroke=\"#555555\" d=\"M{:.1f},{:.1f}V{:.1f}\"/>\n", zero_x, y_, end);
}

void ChartWriter::write_axis_labels(double y) {
  write_text(zero_x, y, small_centred, "0");
  for (const auto tick : ticks)
    write_text(x_of(tick), y, small_centred, to_text(tick));
  write_text(later_x, y, small_centred, "later");
  write_text(never_x, y, small_centred, "never");
}

void ChartWriter::write_row(const Row& row, bool is_shaded) {
  constexpr std::string_view box =
      R"(<rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" fill="#000000" )"
      R"(fill-opacity="{}"/>)"
      "\n";
  const auto height = row_height();
  if (is_shaded) write(box, margin, y_, page_width - 2 * margin, height, "0.04");
  write(box, zero_x, y_ + 2, x_of(row.window) - zero_x, height - 4, "0.16");
  const auto baseline = y_ + height / 2 + 4;
  constexpr std::string_view clipped = " clip-path=\"url(#names)\"";
  write_text(margin + 2, baseline, clipped, fitted(printable(row.name), 28));
  write_text(window_text_x, baseline, to_the_left, in_seconds(row.window));
  for (std::size_t i = 0; i < row.results.size(); ++i) {
    const auto lane = row_padding + (static_cast<double>(i) + 0.5) * lane_height;
    if (row.results[i] != nullptr) write_result(i, *row.results[i], y_ + lane);
  }
  y_ += height;
}

void ChartWriter::write_result(std::size_t schedule, const ChartedReceiver& result, double y) {
  const auto x = result.accepted_after ? x_of(*result.accepted_after) : never_x;
  const auto window_x = x_of(result.window);
  write("<g><title>{}</title>", xml_text(described(*picture_.schedules[schedule], result)));
  if (result.accepted_after && x > window_x)
    write("<path d=\"M{:.1f},{:.1f}H{:.1f}\" stroke=\"{}\" stroke-width=\"1.6\"/>",
          window_x,
          y,
          x,
          colours[schedule]);
  write_mark(schedule, x, y, result.had_delay_notice);
  write("</g>\n");
}

void ChartWriter::write_mark(std::size_t schedule, double x, double y, bool is_hollow) {
  write(
      "<path transform=\"translate({:.1f},{:.1f})\" d=\"{}\" fill=\"{}\" stroke=\"{}\" "
      "stroke-width=\"{}\"/>",
      x,
      y,
      outlines[schedule % outlines.size()],
      is_hollow ? "#ffffff" : colours[schedule],
      is_hollow ? colours[schedule] : "#1a1a1a",
      is_hollow ? "1.8" : "0.6");
}

}  // namespace

std::string schedule_chart(const std::vector<ChartedSchedule>& schedules) {
  Picture picture;
  choose_schedules(schedules, picture);
  choose_rows(picture);
  return ChartWriter(picture).chart();
}

}  // namespace greyhound::cli
