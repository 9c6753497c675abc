// Each rule against a small sample that breaks it and one that keeps it: a rule that finds nothing
// would hold for any tree.
#include "tidy/rules.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace greyhound::tidy {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Files one(const std::string& path, const std::string& text) {
  return {make_source_file(path, text)};
}

Files including(const std::string& path, const std::string& include) {
  return one(path, "#include " + include + "\n");
}

TEST(TidySource, SeesCodeWithoutCommentsAndStrings) {
  const auto file =
      make_source_file("mail/a.cpp",
                       "// first\n"
                       "// second\n"
                       "int a = 1'000; /* gone\n"
                       "gone */ f(\"x\\\"y\", 'z', R\"q(raw \" text)q\");  // gone\n");

  EXPECT_THAT(file.code, ElementsAre("", "", "int a = 1'000; ", " f(\"\", '', \"\");  "));
  EXPECT_EQ(file.first_comment, "// first\n// second\n");
  EXPECT_EQ(file.folder, "mail");
}

TEST(TidySource, FindsIncludesOfBothKinds) {
  const auto file = make_source_file("a/b.cpp", "#include \"mail/a.hpp\"\n\n#  include <vector>\n");

  ASSERT_THAT(file.includes, SizeIs(2));
  EXPECT_EQ(file.includes[0].target, "mail/a.hpp");
  EXPECT_TRUE(file.includes[0].is_ours);
  EXPECT_EQ(file.includes[1].target, "vector");
  EXPECT_FALSE(file.includes[1].is_ours);
  EXPECT_EQ(file.includes[1].line, 3U);
}

TEST(TidyLayers, FollowTheArrows) {
  EXPECT_THAT(breaks_in_layers(including("mail/a.hpp", "\"runtime/clock.hpp\"")), IsEmpty());
  EXPECT_THAT(breaks_in_layers(including("scheduler/a.cpp", "\"notify/notice.hpp\"")), IsEmpty());
  EXPECT_THAT(breaks_in_layers(including("agent/a.cpp", "\"smtp_client/a.hpp\"")), IsEmpty());

  EXPECT_THAT(breaks_in_layers(including("mail/a.hpp", "\"queue/store.hpp\"")),
              ElementsAre("mail/a.hpp:1: may not include queue/store.hpp"));
  EXPECT_THAT(breaks_in_layers(including("runtime/a.hpp", "\"mail/reply.hpp\"")), SizeIs(1));
  EXPECT_THAT(breaks_in_layers(including("scheduler/a.cpp", "\"smtp_client/a.hpp\"")), SizeIs(1));
  EXPECT_THAT(breaks_in_layers(including("smtp_client/a.cpp", "\"queue/ids.hpp\"")), SizeIs(1));
  EXPECT_THAT(breaks_in_layers(including("intake/a.cpp", "\"cli/table.hpp\"")), SizeIs(1));
  EXPECT_THAT(breaks_in_layers(including("cli/a.cpp", "\"intake/server.hpp\"")), SizeIs(1));
  EXPECT_THAT(breaks_in_layers(including("queue/a.cpp", "\"store.hpp\"")), SizeIs(1));
  EXPECT_THAT(breaks_in_layers(including("mail/a.cpp", "\"tests/world/a.hpp\"")), SizeIs(1));
}

TEST(TidyLayers, RoomsOfAFolderHaveArrowsToo) {
  EXPECT_THAT(breaks_in_layers(including("smtp_client/a.cpp", "\"smtp_client/dns/a.hpp\"")),
              IsEmpty());
  EXPECT_THAT(breaks_in_layers(including("smtp_client/tls/a.cpp", "\"smtp_client/dns/a.hpp\"")),
              IsEmpty());
  EXPECT_THAT(
      breaks_in_layers(including("smtp_client/dns/a.cpp", "\"smtp_client/smtp_settings.hpp\"")),
      IsEmpty());

  EXPECT_THAT(breaks_in_layers(including("smtp_client/dns/a.cpp", "\"smtp_client/tls/a.hpp\"")),
              SizeIs(1));
  EXPECT_THAT(breaks_in_layers(including("smtp_client/sts/a.cpp", "\"smtp_client/session.hpp\"")),
              SizeIs(1));
}

TEST(TidyLayers, ShowConfigOnlyTheSettingsOfOthers) {
  EXPECT_THAT(breaks_in_layers(including("config/a.cpp", "\"intake/intake_settings.hpp\"")),
              IsEmpty());
  EXPECT_THAT(breaks_in_layers(including("config/a.cpp", "\"intake/server.hpp\"")), SizeIs(1));
  EXPECT_THAT(breaks_in_layers(including("cli/a.cpp", "\"intake/intake_settings.hpp\"")),
              SizeIs(1));
}

TEST(TidyThirdParties, StayInTheirFolders) {
  struct Case {
    std::string path;
    std::string include;
    std::size_t offenders;
  };
  const Case cases[] = {{"queue/a.cpp", "<rocksdb/db.h>", 0},
                        {"queue/a.hpp", "<rocksdb/db.h>", 1},
                        {"agent/a.cpp", "<rocksdb/db.h>", 1},
                        {"runtime/tls/tls_stream.cpp", "<openssl/ssl.h>", 0},
                        {"runtime/socket_stream.cpp", "<openssl/ssl.h>", 1},
                        {"smtp_client/session.cpp", "<openssl/ssl.h>", 1},
                        {"intake/session.cpp", "<boost/asio/ssl/stream.hpp>", 1},
                        {"config/a.cpp", "<nlohmann/json.hpp>", 0},
                        {"queue/a.cpp", "<nlohmann/json.hpp>", 1},
                        {"smtp_client/dns/a.cpp", "<unbound.h>", 0},
                        {"smtp_client/dns/a.hpp", "<unbound.h>", 1},
                        {"smtp_client/a.cpp", "<unbound.h>", 1},
                        {"smtp_client/dns/dns_message.cpp", "<ldns/ldns.h>", 0},
                        {"smtp_client/dns/a.cpp", "<ldns/ldns.h>", 1},
                        {"mail/idn.cpp", "<idn2.h>", 0},
                        {"mail/address.cpp", "<idn2.h>", 1},
                        {"smtp_client/sts/sts_reply.cpp", "<boost/beast/http.hpp>", 0},
                        {"smtp_client/sts/sts_reply.hpp", "<boost/beast/http.hpp>", 1},
                        {"scheduler/dispatcher.cpp", "<boost/asio/post.hpp>", 0},
                        {"scheduler/decision.cpp", "<boost/asio/post.hpp>", 1},
                        {"notify/a.cpp", "<boost/asio.hpp>", 1},
                        {"mail/a.hpp", "<boost/asio/awaitable.hpp>", 1},
                        {"agent/a.cpp", "<CLI/App.hpp>", 1},
                        {"agent/a.cpp", "<spdlog/spdlog.h>", 1},
                        {"tests/unit/queue/a.cpp", "<rocksdb/db.h>", 0}};
  for (const auto& c : cases) {
    EXPECT_THAT(strays_of_third_parties(including(c.path, c.include)), SizeIs(c.offenders))
        << c.path << " " << c.include;
  }
}

TEST(TidyCalls, HaveOneHome) {
  struct Case {
    std::string path;
    std::string code;
    std::size_t offenders;
  };
  const Case cases[] = {{"runtime/clock.cpp", "std::chrono::system_clock::now();", 0},
                        {"queue/a.cpp", "std::chrono::steady_clock::now();", 1},
                        {"queue/a.cpp", "// steady_clock::now()", 0},
                        {"queue/a.cpp", "time(nullptr);", 1},
                        {"queue/a.cpp", "this->wait_time(0);", 0},
                        {"runtime/random.cpp", "std::random_device device;", 0},
                        {"agent/a.cpp", "std::random_device device;", 1},
                        {"runtime/task_group.cpp", "asio::co_spawn(loop);", 0},
                        {"runtime/loops.cpp", "asio::co_spawn(loop);", 1},
                        {"agent/a.cpp", "std::this_thread::sleep_for(1s);", 1},
                        {"agent/a.cpp", "co_await clock.sleep(1s);", 0},
                        {"agent/a.cpp", "::usleep(1000);", 1},
                        {"agent/a.cpp", "::sleep(seconds);", 1},
                        {"runtime/clock.cpp", "Awaitable<> SystemClock::sleep(Duration wait) {", 0},
                        {"tests/unit/queue/a.cpp", "std::this_thread::sleep_for(1s);", 1},
                        {"tests/e2e/a.cpp", "std::this_thread::sleep_for(1s);", 0},
                        {"tests/e2e/a.cpp", "std::chrono::steady_clock::now();", 0}};
  for (const auto& c : cases) {
    EXPECT_THAT(banned_calls(one(c.path, c.code)), SizeIs(c.offenders)) << c.path << " " << c.code;
  }
}

std::string lines_of(std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i)
    text += "x\n";
  return text;
}

TEST(TidyLength, OfFilesHasAnEndUnlessTheySayWhy) {
  const std::string excuse = "// Codes. More than 400 lines: one table.\n";

  EXPECT_THAT(long_files(one("mail/a.cpp", lines_of(400))), IsEmpty());
  EXPECT_THAT(long_files(one("mail/a.cpp", lines_of(401))), SizeIs(1));
  EXPECT_THAT(long_files(one("mail/a.cpp", excuse + lines_of(500))), IsEmpty());
  EXPECT_THAT(long_files(one("mail/a.cpp", lines_of(500) + excuse)), SizeIs(1));
  EXPECT_THAT(long_files(one("mail/a.hpp", lines_of(151))), SizeIs(1));
  EXPECT_THAT(long_files(one("tests/world/a.hpp", lines_of(151))), IsEmpty());
}

TEST(TidyLength, OfLinesIsCountedInCharacters) {
  std::string umlauts;
  for (int i = 0; i < 100; ++i)
    umlauts += "\xc3\xbc";

  EXPECT_THAT(long_lines(one("mail/a.cpp", umlauts)), IsEmpty());
  EXPECT_THAT(long_lines(one("mail/a.cpp", "\n" + umlauts + "x")),
              ElementsAre("mail/a.cpp:2: 101 columns"));
}

TEST(TidyHeaders, OpenWithACommentAndAreIncludedOnce) {
  EXPECT_THAT(bad_headers(one("mail/a.hpp", "// A.\n#pragma once\n")), IsEmpty());
  EXPECT_THAT(bad_headers(one("mail/a.hpp", "#pragma once\n// A.\n")), SizeIs(1));
  EXPECT_THAT(bad_headers(one("mail/a.hpp", "// A. #pragma once\n")), SizeIs(1));
  EXPECT_THAT(bad_headers(one("mail/a.cpp", "int a;\n")), IsEmpty());
}

TEST(TidyFolders, HaveNamesThatSaySomething) {
  EXPECT_THAT(vague_folders(one("mail/a.cpp", "")), IsEmpty());
  EXPECT_THAT(vague_folders(one("mail/common_words.cpp", "")), IsEmpty());
  EXPECT_THAT(vague_folders(one("mail/utils/a.cpp", "")), SizeIs(1));
  EXPECT_THAT(vague_folders(one("tests/helpers/a.cpp", "")), SizeIs(1));
}

TEST(TidyTypes, HaveTheirNameForThemselves) {
  const auto offenders_beside = [](const std::string& text) {
    const auto first = make_source_file(
        "mail/a.hpp",
        "namespace greyhound::mail {\nstruct Line {\n};\n}  // namespace greyhound::mail\n");
    return types_of_one_name({first, make_source_file("mail/b.hpp", text)});
  };
  const auto in_mail = [](const std::string& code) {
    return "namespace greyhound::mail {\n" + code + "\n}  // namespace greyhound::mail\n";
  };

  EXPECT_THAT(offenders_beside(in_mail("struct Line {")),
              ElementsAre("mail/b.hpp:2: greyhound::mail::Line is in mail/a.hpp"));
  EXPECT_THAT(offenders_beside(in_mail("class Line final : public A {")), SizeIs(1));
  EXPECT_THAT(offenders_beside(in_mail("class Line final")), SizeIs(1));
  EXPECT_THAT(offenders_beside(in_mail("enum class Line : std::uint8_t { a, b };")), SizeIs(1));
  EXPECT_THAT(offenders_beside(in_mail("template <class T>\nstruct Line {")), SizeIs(1));
  EXPECT_THAT(offenders_beside(in_mail("struct Line;")), IsEmpty());
  EXPECT_THAT(offenders_beside(in_mail("struct Lines {")), IsEmpty());
  EXPECT_THAT(offenders_beside(in_mail("struct Reader::Line {")), IsEmpty());
  EXPECT_THAT(offenders_beside(in_mail("struct Reader {\n  struct Line {")), IsEmpty());
  EXPECT_THAT(offenders_beside(in_mail("namespace {\nstruct Line {\n};\n}  // namespace")),
              IsEmpty());
  EXPECT_THAT(offenders_beside("namespace greyhound::queue {\nstruct Line {\n"), IsEmpty());
  EXPECT_THAT(offenders_beside(in_mail("") + "struct Line {\n"), IsEmpty());
}

TEST(TidyWork, IsNotLeftForLater) {
  EXPECT_THAT(unfinished_work(one("mail/a.cpp", "// done\nint todo_list;\n")), IsEmpty());
  EXPECT_THAT(unfinished_work(one("mail/a.cpp",
                                  "\n// TO"
                                  "DO: later\n")),
              ElementsAre("mail/a.cpp:2: unfinished"));
  EXPECT_THAT(unfinished_work(one("mail/a.cpp",
                                  "// FIX"
                                  "ME\n")),
              SizeIs(1));
}

}  // namespace
}  // namespace greyhound::tidy
