// What is said of a bad retry.json.
#include <string>

#include <gtest/gtest.h>

#include "config/json_document.hpp"
#include "unit/config/bad_input.hpp"
#include "unit/config/config_folder.hpp"

namespace greyhound::config {
namespace {

using Severity = Problem::Severity;

constexpr auto retry_file = "retry.json";

std::string rule(const std::string& keys) {
  return "{ \"rules\": [\n { \"name\": \"a\",\n" + keys + " }\n] }";
}

INSTANTIATE_TEST_SUITE_P(RetryJsonKeys,
                         BadInput,
                         testing::Values(Bad{"Mistyped",
                                             retry_file,
                                             "{\n\"ruels\": []\n}",
                                             Severity::error,
                                             2,
                                             "/ruels",
                                             "is no key of retry.json",
                                             "did you mean \"rules\"?"},
                                         Bad{"NameMissing",
                                             retry_file,
                                             "{ \"rules\": [\n{}\n] }",
                                             Severity::error,
                                             2,
                                             "/rules/0",
                                             "lacks \"name\"",
                                             "add \"name\""},
                                         Bad{"ListInPlaceOfTheFile",
                                             retry_file,
                                             "[]",
                                             Severity::error,
                                             1,
                                             "",
                                             "is a list, must be an object",
                                             ""}),
                         name_of);

INSTANTIATE_TEST_SUITE_P(
    RetryJsonTypes,
    BadInput,
    testing::Values(
        Bad{"NumberForADuration",
            retry_file,
            rule("\"retry\": [ \"5m\",\n300 ]"),
            Severity::error,
            4,
            "/rules/0/retry/1",
            "is 300, must be a duration",
            "write \"5m\""},
        Bad{"NumberForACode",
            retry_file,
            R"({ "rules": [ { "name": "a", "match": { "code": 451 } }, { "name": "b" } ] })",
            Severity::error,
            1,
            "/rules/0/match/code",
            "is 451, must be a reply code such as \"451\" or \"45*\" or a list",
            "write \"451\""}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    RetryJsonValues,
    BadInput,
    testing::Values(Bad{"DurationWithoutUnit",
                        retry_file,
                        rule("\"greylist\": [ \"6\" ]"),
                        Severity::error,
                        3,
                        "/rules/0/greylist/0",
                        "is \"6\", must be a duration",
                        "write \"6s\""},
                    Bad{"DurationOfNothing",
                        retry_file,
                        rule("\"retry\": [ \"0s\" ]"),
                        Severity::error,
                        3,
                        "/rules/0/retry/0",
                        "is \"0s\", must be at least 1s",
                        "write \"1s\""},
                    Bad{"DurationBeyondAll",
                        retry_file,
                        rule("\"lifetime\": \"9999d\""),
                        Severity::error,
                        3,
                        "/rules/0/lifetime",
                        "is \"9999d\", must be at most 365d",
                        "write \"365d\""},
                    Bad{"DurationThatOverflows",
                        retry_file,
                        rule("\"lifetime\": \"99999999999999999999d\""),
                        Severity::error,
                        3,
                        "/rules/0/lifetime",
                        "is \"99999999999999999999d\", must be a duration",
                        "write for example \"30s\" or \"5m\""},
                    Bad{"TooMuchJitter",
                        retry_file,
                        rule("\"jitter\": \"60%\""),
                        Severity::error,
                        3,
                        "/rules/0/jitter",
                        "is \"60%\", must be at most 50%",
                        "write \"50%\""},
                    Bad{"EmptySeries",
                        retry_file,
                        rule("\"retry\": []"),
                        Severity::error,
                        3,
                        "/rules/0/retry",
                        "is empty",
                        "write for example [ \"5m\", \"10m\", \"20m\" ]"},
                    Bad{"NoAttempts",
                        retry_file,
                        rule("\"max_attempts\": 0"),
                        Severity::error,
                        3,
                        "/rules/0/max_attempts",
                        "is 0, must be at least 1",
                        "write 1"},
                    Bad{"UnknownClass",
                        retry_file,
                        R"({ "rules": [ { "name": "a", "match": { "class": [ "greylst" ] } },
                           { "name": "b" } ] })",
                        Severity::error,
                        1,
                        "/rules/0/match/class/0",
                        "is \"greylst\", must be a reply class",
                        "write \"greylist\""}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    RetryJsonRules,
    BadInput,
    testing::Values(
        Bad{"LastRuleIsNotForAll",
            retry_file,
            "{ \"rules\": [ { \"name\": \"a\",\n\"match\": { \"domain\": \"*.example\" } } ] }",
            Severity::error,
            2,
            "/rules/0/match",
            "does not match everything, as the last rule must",
            "add a rule with \"match\": {} behind it"},
        Bad{"LastRuleNeedsAReply",
            retry_file,
            "{ \"rules\": [ { \"name\": \"a\", \"match\": { \"code\": \"*\" } } ] }",
            Severity::error,
            1,
            "/rules/0/match",
            "does not match everything, as the last rule must",
            "add a rule with \"match\": {} behind it"},
        Bad{"RuleBehindOneForAll",
            retry_file,
            "{ \"rules\": [ { \"name\": \"a\" },\n{ \"name\": \"b\" } ] }",
            Severity::warning,
            1,
            "/rules/0/match",
            "matches everything: the rules behind it are never reached",
            "put this rule last"},
        Bad{"RuleNameTwice",
            retry_file,
            "{ \"rules\": [ { \"name\": \"a\", \"match\": { \"domain\": \"x\" } },\n"
            "{ \"name\": \"a\" } ] }",
            Severity::error,
            2,
            "/rules/1/name",
            "is \"a\", like a rule before it",
            "give each rule a name of its own"},
        Bad{"LifeShorterThanTheFirstWait",
            retry_file,
            rule("\"lifetime\": \"1m\""),
            Severity::warning,
            3,
            "/rules/0/lifetime",
            "is 1m, shorter than the first wait of \"retry\" (5m): mail that is deferred once "
            "fails without a retry",
            "write a longer lifetime or a shorter wait"},
        Bad{"HoldingWhatNobodyReleases",
            retry_file,
            rule("\"in_doubt\": { \"then\": \"hold\" }"),
            Severity::warning,
            3,
            "/rules/0/in_doubt/then",
            "holds mail in doubt, and no command of this version releases it",
            "write \"retry\" or \"assume_delivered\""}),
    name_of);

TEST(Loader, SurvivesTheLongestStringThatAPatternMayMeet) {
  const auto text = rule("\"jitter\": \"" + std::string(max_string_bytes, '9') + "\",\n" +
                         "\"lifetime\": \"" + std::string(max_string_bytes, '9') + "\"");

  const auto problems = load_text("retry.json", text).problems;

  ASSERT_EQ(problems.size(), 2U) << all_of(problems);
  EXPECT_EQ(problems[0].pointer, "/rules/0/jitter");
  EXPECT_EQ(problems[1].pointer, "/rules/0/lifetime");
}

}  // namespace
}  // namespace greyhound::config
