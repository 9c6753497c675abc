#include "cli/schedule_chart.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/cli/xml_element.hpp"

namespace greyhound::cli {
namespace {

using ::testing::Contains;
using testing::elements;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::parse_xml;
using testing::XmlElement;
using namespace std::chrono_literals;

XmlElement drawn(const std::vector<ChartedSchedule>& schedules) {
  const auto chart = parse_xml(schedule_chart(schedules));
  EXPECT_TRUE(chart) << schedule_chart(schedules);
  return chart.value_or(XmlElement{});
}

std::vector<std::string> texts(const XmlElement& chart) {
  std::vector<std::string> texts;
  for (const auto& text : elements(chart, "text"))
    texts.push_back(text.text);
  return texts;
}

// The groups that hold what one schedule had at one receiver: a title, perhaps a line, a mark.
std::vector<XmlElement> results(const XmlElement& chart) {
  return elements(chart, "g");
}

const XmlElement& mark_of(const XmlElement& result) {
  return result.children.back();
}

std::string place_of(const XmlElement& result) {
  const auto& transform = mark_of(result).attributes.at("transform");
  return transform.substr(0, transform.find(','));
}

ChartedReceiver a_receiver(std::string name, Duration window, std::optional<Duration> accepted) {
  return {.name = std::move(name), .window = window, .accepted_after = accepted, .attempts = 2};
}

ChartedSchedule a_schedule(std::string name, std::vector<ChartedReceiver> receivers) {
  return {.name = std::move(name), .receivers = std::move(receivers), .summary = {}};
}

std::vector<ChartedSchedule> schedules(std::size_t count) {
  std::vector<ChartedSchedule> schedules;
  for (std::size_t i = 1; i <= count; ++i)
    schedules.push_back(a_schedule("S" + std::to_string(i), {a_receiver("mx", 5min, 6min)}));
  return schedules;
}

TEST(ScheduleChart, ListsTheReceiversByTheLengthOfTheirWindow) {
  const auto chart =
      drawn({a_schedule("a", {a_receiver("long", 25min, 30min), a_receiver("short", 1min, 2min)}),
             a_schedule("b", {a_receiver("medium", 5min, 6min)})});

  const auto shown = texts(chart);
  const auto row_of = [&shown](const char* name) { return std::ranges::find(shown, name); };
  EXPECT_LT(row_of("short"), row_of("medium"));
  EXPECT_LT(row_of("medium"), row_of("long"));
  EXPECT_NE(row_of("long"), shown.end());
}

TEST(ScheduleChart, MarksTheMomentOfAcceptanceOnAnAxisThatIsLogarithmicFromOneMinuteOn) {
  const auto place = [](std::optional<Duration> accepted) {
    return place_of(results(drawn({a_schedule("s", {a_receiver("mx", 0s, accepted)})})).at(0));
  };

  EXPECT_EQ(place(0s), "translate(288.0");
  EXPECT_EQ(place(30s), "translate(305.0");
  EXPECT_EQ(place(1min), "translate(322.0");
  EXPECT_EQ(place(10min), "translate(525.7");
  EXPECT_EQ(place(100min), "translate(729.4");
  EXPECT_EQ(place(12h), "translate(904.0");
}

TEST(ScheduleChart, MarksWhatPassedTooLateForTheAxisOrNeverAtItsRightEdge) {
  const auto chart =
      drawn({a_schedule("s", {a_receiver("late", 5min, 13h), a_receiver("never", 6min, {})})});

  EXPECT_EQ(place_of(results(chart).at(0)), "translate(948.0");
  EXPECT_EQ(place_of(results(chart).at(1)), "translate(992.0");
  EXPECT_THAT(texts(chart), Contains("later"));
  EXPECT_THAT(texts(chart), Contains("never"));
}

TEST(ScheduleChart, DrawsTheWindowAsABarAndTheTimeLostAsALineFromItsEnd) {
  const auto chart = drawn({a_schedule("s", {a_receiver("mx", 10min, 100min)})});

  const auto bar = elements(chart, "rect").back();
  EXPECT_EQ(bar.attributes.at("x"), "288.0");
  EXPECT_EQ(bar.attributes.at("width"), "237.7");
  const auto line = results(chart).at(0).children.at(1);
  EXPECT_THAT(line.attributes.at("d"), ::testing::StartsWith("M525.7,"));
  EXPECT_THAT(line.attributes.at("d"), ::testing::EndsWith("H729.4"));
}

TEST(ScheduleChart, DrawsNoLineToAMarkThatStandsAtTheEndOfTheWindowOrNowhere) {
  const auto chart =
      drawn({a_schedule("s", {a_receiver("on time", 5min, 5min), a_receiver("never", 6min, {})})});

  EXPECT_EQ(results(chart).at(0).children.size(), 2U);
  EXPECT_EQ(results(chart).at(1).children.size(), 2U);
}

TEST(ScheduleChart, LeavesAMarkHollowWhereTheSenderHadADelayNotice) {
  auto noticed = a_receiver("mx", 5min, 6h);
  noticed.had_delay_notice = true;
  const auto chart =
      drawn({a_schedule("quiet", {a_receiver("mx", 5min, 6h)}), a_schedule("loud", {noticed})});

  EXPECT_NE(mark_of(results(chart).at(0)).attributes.at("fill"), "#ffffff");
  EXPECT_EQ(mark_of(results(chart).at(1)).attributes.at("fill"), "#ffffff");
}

TEST(ScheduleChart, SaysInWordsWhatAMarkStandsFor) {
  auto passed = a_receiver("mx", 5min, 390s);
  passed.excess = 90s;
  auto never = a_receiver("wall", 6min, {});
  never.attempts = 30;
  never.had_delay_notice = true;
  const auto chart = drawn({a_schedule("s", {passed, never})});

  EXPECT_EQ(results(chart).at(0).children.at(0).text,
            "s at mx: accepted after 6m30s, 1m30s lost, 2 attempts");
  EXPECT_EQ(results(chart).at(1).children.at(0).text,
            "s at wall: never accepted, 30 attempts, with a delay notice");
}

TEST(ScheduleChart, GivesEachScheduleItsFiguresInTheLegend) {
  auto schedule = a_schedule("s", {});
  schedule.summary = {
      .mean_excess = 252'400ms, .mean_attempts = 2.26, .delay_notices = 7, .never_passed = 41};

  const auto shown = texts(drawn({schedule}));

  EXPECT_THAT(shown, Contains("4m12s"));
  EXPECT_THAT(shown, Contains("2.3"));
  EXPECT_THAT(shown, Contains("7"));
  EXPECT_THAT(shown, Contains("41"));
}

TEST(ScheduleChart, DrawsTwelveSchedulesApartAndNamesTheOthers) {
  const auto chart = drawn(schedules(14));

  std::set<std::pair<std::string, std::string>> looks;
  for (const auto& result : results(chart))
    looks.emplace(mark_of(result).attributes.at("fill"), mark_of(result).attributes.at("d"));
  EXPECT_EQ(looks.size(), 12U);
  EXPECT_THAT(texts(chart), Contains("Not drawn: 2 more schedules: S13, S14"));
}

TEST(ScheduleChart, DrawsTheTwoHundredShortestWindowsAndCountsTheOthers) {
  std::vector<ChartedReceiver> receivers;
  for (int i = 203; i > 0; --i)
    receivers.push_back(a_receiver("mx" + std::to_string(i), std::chrono::minutes(i), 12h));

  const auto chart = drawn({a_schedule("s", receivers)});

  EXPECT_EQ(results(chart).size(), 200U);
  EXPECT_THAT(texts(chart), Contains("mx200"));
  EXPECT_THAT(texts(chart), Not(Contains("mx201")));
  EXPECT_THAT(texts(chart), Contains("Not drawn: the 3 receivers with the longest windows"));
}

TEST(ScheduleChart, TakesTheLastOfTwoResultsWithOneReceiver) {
  const auto chart =
      drawn({a_schedule("s", {a_receiver("mx", 5min, 8h), a_receiver("mx", 5min, 10min)})});

  ASSERT_EQ(results(chart).size(), 1U);
  EXPECT_EQ(place_of(results(chart).at(0)), "translate(525.7");
}

TEST(ScheduleChart, LeavesTheLaneEmptyOfAScheduleThatDidNotTryTheReceiver) {
  const auto chart = drawn({a_schedule("a", {a_receiver("one", 5min, 6min)}),
                            a_schedule("b", {a_receiver("two", 6min, 7min)})});

  EXPECT_EQ(results(chart).size(), 2U);
}

TEST(ScheduleChart, ShowsNamesThatTryToBeMarkupAsTheTextThatTheyAre) {
  const std::string name = "</title><script>alert(\"1\")</script>&amp;";

  const auto chart = drawn({a_schedule(name, {a_receiver(name, 5min, 6min)})});

  EXPECT_THAT(texts(chart), Contains(name));
  EXPECT_THAT(results(chart).at(0).children.at(0).text, HasSubstr(name + " at " + name));
  EXPECT_TRUE(elements(chart, "script").empty());
}

TEST(ScheduleChart, ShowsBytesThatAreNoCharactersOfXmlByOthers) {
  const std::string name("\x1b\0\xff\xef\xbf\xbe\xef\xbf\xbf", 9);

  const auto chart = drawn({a_schedule(name, {a_receiver(name, 5min, 6min)})});

  EXPECT_THAT(texts(chart), Contains("\\x1b\\x00\\xff\xef\xbf\xbd\xef\xbf\xbd"));
}

TEST(ScheduleChart, CutsNamesThatWouldNotFit) {
  const auto chart =
      drawn({a_schedule(std::string(1000, 's'), {a_receiver(std::string(1000, 'r'), 5min, 6min)})});

  EXPECT_THAT(texts(chart), Contains(std::string(59, 's') + "\xe2\x80\xa6"));
  EXPECT_LT(results(chart).at(0).children.at(0).text.size(), 200U);
  EXPECT_THAT(texts(chart), Contains(std::string(27, 'r') + "\xe2\x80\xa6"));
}

TEST(ScheduleChart, NeedsNothingFromElsewhere) {
  const auto text = schedule_chart(schedules(3));

  EXPECT_THAT(text, Not(HasSubstr("href")));
  EXPECT_EQ(text.find("http"), text.find("http://www.w3.org/2000/svg"));
  EXPECT_EQ(text.find("http"), text.rfind("http"));
}

std::vector<ChartedSchedule> two_schedules_at_four_receivers() {
  auto noticed = a_receiver("hMailServer", 30min, 62min);
  noticed.excess = 32min;
  noticed.attempts = 5;
  noticed.had_delay_notice = true;
  auto never = a_receiver("<wall> & \"moat\"", 1h, {});
  never.attempts = 41;
  auto first = a_schedule("shipped", {a_receiver("Postgrey", 5min, 6min), noticed, never});
  first.summary = {
      .mean_excess = 16min + 30s, .mean_attempts = 16, .delay_notices = 1, .never_passed = 1};
  auto second = a_schedule("gr\xc3\xbcn; <b>",
                           {a_receiver("Postgrey", 5min, 15h), a_receiver("Stalwart", 0s, 45s)});
  second.summary = {
      .mean_excess = 7h + 27min + 52s, .mean_attempts = 2, .delay_notices = 0, .never_passed = 0};
  return {first, second};
}

std::string golden() {
  const auto path =
      std::filesystem::path(GREYHOUND_SOURCE_DIR) / "tests/golden/cli/schedule_chart.svg";
  if (std::getenv("GREYHOUND_RENEW_GOLDEN") != nullptr)
    std::ofstream(path, std::ios::binary) << schedule_chart(two_schedules_at_four_receivers());
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// A person has looked at the golden picture; what changes it is to be looked at again.
TEST(ScheduleChart, IsThePictureThatWasLookedAtByteForByte) {
  EXPECT_EQ(schedule_chart(two_schedules_at_four_receivers()), golden());
}

TEST(ScheduleChart, IsAPictureEvenOfNothing) {
  EXPECT_EQ(results(drawn({})).size(), 0U);
  EXPECT_EQ(results(drawn({a_schedule("s", {})})).size(), 0U);
}

}  // namespace
}  // namespace greyhound::cli
