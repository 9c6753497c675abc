// Bad input and what is said of it: file, line, pointer, words and suggestion. More than
// 400 lines, as it is a table.
#include <ostream>
#include <string>

#include <gtest/gtest.h>

#include "config/json_document.hpp"
#include "unit/config/config_folder.hpp"

namespace greyhound::config {
namespace {

using Severity = Problem::Severity;

struct Bad {
  const char* name;
  const char* file;
  std::string text;
  Severity severity;
  unsigned line;
  const char* pointer;
  const char* what;
  const char* suggestion;
};

std::ostream& operator<<(std::ostream& out, const Bad& bad) {
  return out << bad.name;
}

class BadInput : public testing::TestWithParam<Bad> {};

TEST_P(BadInput, GivesOneProblemThatSaysWhereAndWhatIsRight) {
  const auto& bad = GetParam();

  const auto loaded = load_text(bad.file, bad.text);

  ASSERT_EQ(loaded.problems.size(), 1U) << all_of(loaded.problems);
  const Problem expected{bad.severity, bad.file, bad.line, bad.pointer, bad.what, bad.suggestion};
  EXPECT_EQ(loaded.problems[0], expected) << loaded.problems[0].to_string();
  EXPECT_EQ(loaded.has_errors(), bad.severity == Severity::error);
}

constexpr auto agent_file = "greyhound.json";
constexpr auto retry_file = "retry.json";
constexpr auto notification_file = "notification.json";

std::string name_of(const testing::TestParamInfo<Bad>& info) {
  return info.param.name;
}

std::string rule(const std::string& keys) {
  return "{ \"rules\": [\n { \"name\": \"a\",\n" + keys + " }\n] }";
}

INSTANTIATE_TEST_SUITE_P(
    Keys,
    BadInput,
    testing::Values(Bad{"Mistyped",
                        retry_file,
                        "{\n\"ruels\": []\n}",
                        Severity::error,
                        2,
                        "/ruels",
                        "is no key of retry.json",
                        "did you mean \"rules\"?"},
                    Bad{"MistypedInside",
                        agent_file,
                        "{ \"smtp\": {\n\"timeouts\": {\n\"greting\": \"5m\" } } }",
                        Severity::error,
                        3,
                        "/smtp/timeouts/greting",
                        "is no key of /smtp/timeouts",
                        "did you mean \"greeting\"?"},
                    Bad{"Unknown",
                        agent_file,
                        "{ \"queue\": { \"colour\": 1 } }",
                        Severity::error,
                        1,
                        "/queue/colour",
                        "is no key of /queue",
                        "the keys are \"memory\", \"reserve_disk\" and \"ledger\""},
                    Bad{"Twice",
                        notification_file,
                        "{ \"delay\": {},\n \"delay\": {} }",
                        Severity::error,
                        2,
                        "/delay",
                        "stands twice, first in line 1",
                        "remove one of them"},
                    Bad{"NameMissing",
                        retry_file,
                        "{ \"rules\": [\n{}\n] }",
                        Severity::error,
                        2,
                        "/rules/0",
                        "lacks \"name\"",
                        "add \"name\""},
                    Bad{"HopWithoutHost",
                        agent_file,
                        "{ \"routes\": [ { \"next_hops\": [\n{ \"port\": 25 } ] } ] }",
                        Severity::error,
                        2,
                        "/routes/0/next_hops/0",
                        "lacks \"host\"",
                        "add \"host\""},
                    Bad{"NoHops",
                        agent_file,
                        "{ \"routes\": [ { \"next_hops\":\n[] } ] }",
                        Severity::error,
                        2,
                        "/routes/0/next_hops",
                        "is empty",
                        "write for example [ { \"host\": \"192.0.2.10\", \"port\": 25 } ]"},
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
    Types,
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
        Bad{"NumberForASize",
            agent_file,
            "{ \"queue\": { \"memory\": 268435456 } }",
            Severity::error,
            1,
            "/queue/memory",
            "is 268435456, must be a size",
            "write \"256MiB\""},
        Bad{"TextForANumber",
            agent_file,
            "{ \"smtp\": { \"port\": \"25\" } }",
            Severity::error,
            1,
            "/smtp/port",
            "is \"25\", must be a whole number",
            "write 25"},
        Bad{"FractionForANumber",
            agent_file,
            "{ \"threads\": 1.5 }",
            Severity::error,
            1,
            "/threads",
            "is 1.5, must be a whole number",
            ""},
        Bad{"WordForTruth",
            notification_file,
            "{ \"delay\": { \"enabled\": \"yes\" } }",
            Severity::error,
            1,
            "/delay/enabled",
            "is \"yes\", must be true or false",
            "write true"},
        Bad{"OneForAList",
            agent_file,
            "{ \"dns\": { \"servers\": \"127.0.0.1\" } }",
            Severity::error,
            1,
            "/dns/servers",
            "is \"127.0.0.1\", must be a list",
            "write [ \"127.0.0.1\" ]"},
        Bad{"NumberForACode",
            retry_file,
            R"({ "rules": [ { "name": "a", "match": { "code": 451 } }, { "name": "b" } ] })",
            Severity::error,
            1,
            "/rules/0/match/code",
            "is 451, must be a reply code such as \"451\" or \"45*\" or a list",
            "write \"451\""},
        Bad{"NullForAnObject",
            agent_file,
            "{ \"smtp\": null }",
            Severity::error,
            1,
            "/smtp",
            "is null, must be an object",
            ""},
        Bad{"ControlCharacter",
            agent_file,
            "{ \"hostname\": \"a\\u0000b.example\" }",
            Severity::error,
            1,
            "/hostname",
            "holds a control character",
            "leave it out"}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Values,
    BadInput,
    testing::Values(Bad{"DurationWithoutUnit",
                        retry_file,
                        rule("\"greylist\": [ \"6\" ]"),
                        Severity::error,
                        3,
                        "/rules/0/greylist/0",
                        "is \"6\", must be a duration",
                        "write \"6s\""},
                    Bad{"DurationWithAWord",
                        agent_file,
                        "{ \"smtp\": { \"timeouts\": { \"ehlo\": \"5 min\" } } }",
                        Severity::error,
                        1,
                        "/smtp/timeouts/ehlo",
                        "is \"5 min\", must be a duration",
                        "write \"5m\""},
                    Bad{"DurationInMilliseconds",
                        agent_file,
                        "{ \"dns\": { \"timeout\": \"1500ms\" } }",
                        Severity::error,
                        1,
                        "/dns/timeout",
                        "is \"1500ms\", must be a duration",
                        "write \"2s\""},
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
                    Bad{"SizeInDecimalUnits",
                        agent_file,
                        "{ \"intake\": { \"max_message\": \"50MB\" } }",
                        Severity::error,
                        1,
                        "/intake/max_message",
                        "is \"50MB\", must be a size",
                        "write \"50MiB\""},
                    Bad{"SizeTooSmall",
                        agent_file,
                        "{ \"queue\": { \"memory\": \"1MiB\" } }",
                        Severity::error,
                        1,
                        "/queue/memory",
                        "is \"1MiB\", must be at least 8MiB",
                        "write \"8MiB\""},
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
                    Bad{"PortTooHigh",
                        agent_file,
                        "{ \"smtp\": { \"port\": 70000 } }",
                        Severity::error,
                        1,
                        "/smtp/port",
                        "is 70000, must be at most 65535",
                        "write 65535"},
                    Bad{"UnknownWord",
                        agent_file,
                        "{ \"smtp\": { \"ip\": \"ipv6\" } }",
                        Severity::error,
                        1,
                        "/smtp/ip",
                        "is \"ipv6\", must be one of \"any\", \"v4\" or \"v6\"",
                        "did you mean \"v6\"?"},
                    Bad{"UnknownClass",
                        retry_file,
                        R"({ "rules": [ { "name": "a", "match": { "class": [ "greylst" ] } },
                           { "name": "b" } ] })",
                        Severity::error,
                        1,
                        "/rules/0/match/class/0",
                        "is \"greylst\", must be a reply class",
                        "write \"greylist\""},
                    Bad{"NoNetwork",
                        agent_file,
                        "{ \"smtp\": { \"deny_targets\": [ \"10.0.0.0/33\" ] } }",
                        Severity::error,
                        1,
                        "/smtp/deny_targets/0",
                        "is \"10.0.0.0/33\", must be a network such as \"192.0.2.0/24\"",
                        "write for example \"192.0.2.0/24\" or \"2001:db8::/32\""},
                    Bad{"NameForASource",
                        agent_file,
                        "{ \"smtp\": { \"source_addresses\": [ \"out.example\" ] } }",
                        Severity::error,
                        1,
                        "/smtp/source_addresses/0",
                        "is \"out.example\", must be an IP address",
                        "write for example \"192.0.2.1\""},
                    Bad{"NoHostName",
                        agent_file,
                        "{ \"hostname\": \"mail example.org\" }",
                        Severity::error,
                        1,
                        "/hostname",
                        "is \"mail example.org\", must be a host name",
                        "write for example \"mail.example.org\""},
                    Bad{"RelativePath",
                        agent_file,
                        "{ \"state_dir\": \"var/lib\" }",
                        Severity::error,
                        1,
                        "/state_dir",
                        "is \"var/lib\", must be a path from the root",
                        "write \"/var/lib\""},
                    Bad{"NoMailbox",
                        notification_file,
                        "{ \"postmaster\": { \"address\": \"post master\" } }",
                        Severity::error,
                        1,
                        "/postmaster/address",
                        "is \"post master\", must be a mail address or the part before its @",
                        "write for example \"postmaster\" or \"postmaster@example.org\""}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    SeenTogether,
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
        Bad{"ListenerForStrangers",
            agent_file,
            "{ \"intake\": { \"listeners\": [\n{ \"address\": \"::\", \"port\": 25 } ] } }",
            Severity::error,
            2,
            "/intake/listeners/0",
            "listens outside loopback, but nothing says who may hand in mail there",
            "add \"relay_from\" to /intake, or \"tls\" and \"auth\""},
        Bad{"ListenerThatEncryptsWithoutACertificate",
            agent_file,
            "{ \"intake\": { \"listeners\": [\n{ \"address\": \"127.0.0.1\", \"port\": 465, "
            "\"tls\": \"implicit\" } ] } }",
            Severity::error,
            2,
            "/intake/listeners/0/tls",
            "needs a certificate",
            "name one and its key in /intake/tls"},
        Bad{"LoginsInTheClear",
            agent_file,
            "{ \"intake\": {\n\"auth\": { \"password_file\": \"/dev/null\" } } }",
            Severity::error,
            2,
            "/intake/auth",
            "is of no use without a certificate: logins are taken over TLS only",
            "name one and its key in /intake/tls"},
        Bad{"CertificateThatIsNotThere",
            agent_file,
            "{ \"intake\": { \"tls\": {\n\"certificate\": \"/nowhere/c.pem\", "
            "\"key\": \"/dev/null\" } } }",
            Severity::error,
            2,
            "/intake/tls/certificate",
            "cannot be read",
            "see that it is there and that the agent may read it"},
        Bad{"OpenRelay",
            agent_file,
            "{ \"intake\": { \"listeners\": [ { \"address\": \"0.0.0.0\", \"port\": 25 } ],\n"
            "\"relay_from\": [ \"10.0.0.0/8\", \"10.0.0.0/7\" ] } }",
            Severity::error,
            2,
            "/intake/relay_from/1",
            "is \"10.0.0.0/7\": half the world could send mail through this host (an open relay)",
            "name the networks of your clients"},
        Bad{"OpenRelayForIpv6",
            agent_file,
            "{ \"intake\": { \"listeners\": [ { \"address\": \"::\", \"port\": 25 } ],\n"
            "\"relay_from\": [ \"2001:db8::/19\", \"2000::/3\" ] } }",
            Severity::error,
            2,
            "/intake/relay_from/1",
            "is \"2000::/3\": half the world could send mail through this host (an open relay)",
            "name the networks of your clients"},
        Bad{"ListenerTwice",
            agent_file,
            "{ \"intake\": { \"listeners\": [ { \"unix\": \"/a\" },\n{ \"unix\": \"/a\" } ] } }",
            Severity::error,
            2,
            "/intake/listeners/1",
            "is there twice",
            "remove one of them"},
        Bad{"ListenerOfTwoKinds",
            agent_file,
            "{ \"intake\": { \"listeners\": [ { \"unix\": \"/a\", \"port\": 25 } ] } }",
            Severity::error,
            1,
            "/intake/listeners/0",
            "is an object, which does not fit: \"address\" and \"port\", or \"unix\"",
            ""},
        Bad{"ListenerWithoutPort",
            agent_file,
            "{ \"intake\": { \"listeners\": [ { \"address\": \"127.0.0.1\" } ] } }",
            Severity::error,
            1,
            "/intake/listeners/0",
            "is an object, which does not fit: \"address\" and \"port\", or \"unix\"",
            ""},
        Bad{"SocketModeInDecimal",
            agent_file,
            "{ \"intake\": { \"listeners\": [ { \"unix\": \"/a\", \"mode\": \"999\" } ] } }",
            Severity::error,
            1,
            "/intake/listeners/0/mode",
            "is \"999\", which does not fit: Permissions of the unix socket, in octal",
            "write for example \"0666\""}),
    name_of);

TEST(Loader, NamesAFolderThatIsNotThere) {
  const auto loaded = load("/nowhere/at/all");

  ASSERT_EQ(loaded.problems.size(), 1U);
  EXPECT_EQ(loaded.problems[0].file, "/nowhere/at/all");
  EXPECT_TRUE(loaded.has_errors());
}

TEST(Loader, TellsEveryProblemOfEveryFileInTheOrderOfLines) {
  ConfigFolder folder;
  folder.with("greyhound.json", "{ \"threads\": -1,\n\"hostname\": 5,\n\"x\": 1 }")
      .with("retry.json", "{ broken")
      .with("notification.json", "{ \"delay\": { \"after_retry\": \"2\" } }");

  const auto problems = load(folder.path()).problems;

  EXPECT_EQ(all_of(problems),
            "greyhound.json:1: error: /threads: is -1, must be at least 0; write 0\n"
            "greyhound.json:2: error: /hostname: is 5, must be a host name or null; "
            "write for example \"mail.example.org\"\n"
            "greyhound.json:3: error: /x: is no key of greyhound.json; "
            "the keys are \"hostname\", \"domain\", \"local\", \"state_dir\", \"control\", "
            "\"intake\", \"queue\", \"smtp\", \"dns\", \"routes\" and \"threads\"\n"
            "retry.json:1: error: cannot be read at broken; write keys and texts in double quotes\n"
            "notification.json:1: error: /delay/after_retry: is \"2\", must be a whole number; "
            "write 2\n");
}

TEST(Loader, RefusesAFileThatIsTooLargeWithoutReadingAllOfIt) {
  const auto loaded = load_text("retry.json", std::string(max_file_bytes + 1, ' '));

  ASSERT_EQ(loaded.problems.size(), 1U);
  EXPECT_EQ(loaded.problems[0].what, "is larger than 1MiB");
}

TEST(Loader, RefusesWhatIsNoRegularFile) {
  ConfigFolder folder;
  std::filesystem::create_directory(folder.path() / "retry.json");

  const auto problems = load(folder.path()).problems;

  EXPECT_EQ(all_of(problems), "retry.json: error: is no regular file\n");
}

TEST(Loader, WarnsOfAFileWhoseNameIsMistyped) {
  const auto loaded = load_text("rety.json", "{}");

  EXPECT_EQ(all_of(loaded.problems),
            "rety.json: warning: is not read, and retry.json is missing; "
            "did you mean \"retry.json\"?\n");
}

TEST(Loader, CutsTheListOfAFileWithVeryManyProblems) {
  std::string text = "{ \"smtp\": { \"deny_targets\": [ 0";
  for (int i = 0; i < 999; ++i)
    text += ", 0";

  const auto problems = load_text("greyhound.json", text + " ] } }").problems;

  ASSERT_EQ(problems.size(), 201U);
  EXPECT_EQ(problems.back().what, "800 more problems");
}

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
