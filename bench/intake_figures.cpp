#include "bench/intake_figures.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "bench/callers.hpp"
#include "bench/holding_agent.hpp"
#include "bench/intake_load.hpp"
#include "bench/intake_pace.hpp"
#include "bench/intake_sink.hpp"
#include "bench/progress.hpp"

namespace greyhound::bench {
namespace {

constexpr std::size_t mib = 1 << 20;

struct Course {
  std::string name;
  LoadShape shape;
  bool is_large() const { return shape.size_bytes >= mib; }
};

std::vector<Course> courses_of(const IntakePlan& plan) {
  std::vector<Course> courses;
  for (const std::size_t sessions : {100, 20, 1}) {
    for (const bool is_pipelined : {true, false}) {
      courses.push_back({fmt::format("{}_session{}{}",
                                     sessions,
                                     sessions == 1 ? "" : "s",
                                     is_pipelined ? "_pipelined" : ""),
                         {.sessions = sessions,
                          .messages = sessions == 1 ? plan.few : plan.many,
                          .is_pipelined = is_pipelined}});
    }
  }
  courses.push_back(
      {"20_sessions_1mib",
       {.sessions = 20, .messages = plan.large, .size_bytes = mib, .is_pipelined = true}});
  return courses;
}

// One value for each repetition.
struct Rounds {
  std::vector<double> per_s;
  std::vector<double> pair_per_s;
  std::vector<double> processor_s_per_1000;
};

// A few messages first, so that nothing is done for the first time in what is measured.
LoadShape warming_for(const LoadShape& shape) {
  auto warming = shape;
  warming.messages = std::min<std::uint64_t>(2 * shape.sessions, shape.messages);
  return warming;
}

double rate(const LoadShape& shape, const LoadResult& load) {
  return static_cast<double>(shape.messages) / load.seconds;
}

void run_agent(const Course& course, const std::filesystem::path& scratch, Rounds& rounds) {
  const auto& shape = course.shape;
  const auto warming = warming_for(shape);
  HoldingAgent agent(scratch / "agent");
  run_load(agent.intake(), warming);
  const auto before_s = agent.processor_s();
  const auto load = run_load(agent.intake(), shape);
  const auto spent_s = agent.processor_s() - before_s;
  agent.kill_and_expect(warming.messages + shape.messages);
  rounds.per_s.push_back(rate(shape, load));
  rounds.processor_s_per_1000.push_back(spent_s / static_cast<double>(shape.messages) * 1000);
}

void run_pair(const Course& course, Rounds& rounds) {
  const IntakeSink sink;
  run_load(sink.intake(), warming_for(course.shape));
  rounds.pair_per_s.push_back(rate(course.shape, run_load(sink.intake(), course.shape)));
}

void run_round(const Course& course, const std::filesystem::path& scratch, Rounds& rounds) {
  run_agent(course, scratch, rounds);
  run_pair(course, rounds);
  say(fmt::format("{}: {:.0f}/s, {:.3f} CPU s per 1000; to the sink {:.0f}/s",
                  course.name,
                  rounds.per_s.back(),
                  rounds.processor_s_per_1000.back(),
                  rounds.pair_per_s.back()));
}

std::string range(const std::vector<double>& values) {
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  return fmt::format("{:.0f} to {:.0f}", *least, *most);
}

void add_figures(const IntakePlan& plan,
                 const Course& course,
                 const Rounds& rounds,
                 FigureSheet& sheet) {
  const auto& shape = course.shape;
  const auto per_s = median(rounds.per_s);
  const auto pair_per_s = median(rounds.pair_per_s);
  const auto of = fmt::format("{}: {} x {} of {}",
                              plan.scale,
                              rounds.per_s.size(),
                              shape.messages,
                              course.is_large() ? "1 MiB" : "4 KiB");
  const bool is_busy = shape.sessions == 100;
  const bool has_many = shape.sessions > 1 && !course.is_large();
  sheet.add({"accepted_per_s_" + course.name, per_s, "/s", of + ", " + range(rounds.per_s)});
  if (course.is_large()) sheet.add({"mib_per_s_" + course.name, per_s, "MiB/s", of});
  sheet.add({"cpu_s_per_1000_" + course.name,
             median(rounds.processor_s_per_1000),
             "s",
             of,
             has_many ? std::optional(at_most(0.15)) : std::nullopt});
  sheet.add({"pair_per_s_" + course.name,
             pair_per_s,
             "/s",
             "source to sink alone, " + range(rounds.pair_per_s)});
  sheet.add({"share_of_pair_" + course.name,
             per_s / pair_per_s,
             "ratio",
             fmt::format("{:.0f}/s to {:.0f}/s", per_s, pair_per_s),
             is_busy ? std::optional(at_least(0.5)) : std::nullopt});
}

// Every course once, then every course again: all have the same day.
double measure_courses(const IntakePlan& plan,
                       const std::vector<Course>& courses,
                       const std::filesystem::path& scratch,
                       FigureSheet& sheet) {
  std::map<std::string, Rounds> rounds;
  for (std::size_t i = 0; i < plan.repetitions; ++i) {
    for (const auto& course : courses)
      run_round(course, scratch, rounds[course.name]);
  }
  double highest = 0;
  for (const auto& course : courses) {
    add_figures(plan, course, rounds[course.name], sheet);
    if (!course.is_large()) highest = std::max(highest, median(rounds[course.name].per_s));
  }
  return highest;
}

}  // namespace

void measure_intake(const IntakePlan& plan,
                    const std::filesystem::path& scratch,
                    FigureSheet& sheet) {
  const auto is_wanted = [&plan](const std::string& name) {
    const auto& only = plan.only;
    return only.empty() || std::find(only.begin(), only.end(), name) != only.end();
  };
  const auto all = courses_of(plan);
  std::vector<Course> courses;
  for (const auto& course : all) {
    if (is_wanted(course.name)) courses.push_back(course);
  }
  auto highest = measure_courses(plan, courses, scratch, sheet);
  if (is_wanted("pace")) {
    if (highest == 0) {  // the pace alone was asked for
      Rounds rounds;
      run_agent(all.front(), scratch, rounds);
      highest = rounds.per_s.front();
    }
    measure_pace({.repetitions = plan.repetitions, .per_s = highest / 2, .paced_s = plan.paced_s},
                 scratch,
                 sheet);
  }
  if (is_wanted("idle")) measure_idle_sessions(scratch, sheet);
  if (is_wanted("bodies")) measure_bodies_at_once(plan.bodies, scratch, sheet);
}

}  // namespace greyhound::bench
