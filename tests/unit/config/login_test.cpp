// A route's "auth": what is read from its file, and what is said of one that is no good.
#include <filesystem>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/config/config_folder.hpp"

namespace greyhound::config {
namespace {

namespace fs = std::filesystem;
using mail::LoginMechanism;
using testing::ElementsAre;

class LoginSettings : public testing::Test {
 protected:
  // Of a relay's route; the password's file holds that text.
  LoadedSettings load_login(const std::string& text, const std::string& more = "") {
    return load_route(text, R"("tls": "verify", )", more);
  }

  LoadedSettings load_route(const std::string& text,
                            const std::string& tls,
                            const std::string& more = "",
                            const std::string& before = "") {
    folder_.with("password", text);
    fs::permissions(password_file(), mode);
    return load_with(password_file().string(), tls, more, before);
  }

  LoadedSettings load_with(const std::string& file,
                           const std::string& tls,
                           const std::string& more = "",
                           const std::string& before = "") {
    folder_.with("greyhound.json",
                 "{ " + before + "\"routes\": [ {" + tls +
                     "\"next_hops\": [ { \"host\": \"relay.example\" } ],\n\"auth\": { \"user\": "
                     "\"me\",\n\"password_file\": \"" +
                     file + "\"" + more + " } } ] }");
    return load(folder_.path());
  }

  static const mail::Credentials& credentials(const LoadedSettings& loaded) {
    return *loaded.settings.smtp.routes.at(0).credentials;
  }

  fs::path password_file() const { return folder_.path() / "password"; }

  fs::perms mode = fs::perms::owner_read | fs::perms::owner_write;

 private:
  ConfigFolder folder_;
};

TEST_F(LoginSettings, ReadsThePasswordWithoutItsLineEnd) {
  for (const auto* text : {"pen cil", "pen cil\n", "pen cil\r\n"}) {
    const auto loaded = load_login(text);

    EXPECT_EQ(all_of(loaded.problems), "");
    EXPECT_EQ(credentials(loaded).user, "me");
    EXPECT_EQ(credentials(loaded).password.reveal(), "pen cil");
  }
}

TEST_F(LoginSettings, TakesOtherLettersAsTheyStand) {
  EXPECT_EQ(credentials(load_login("p\xc3\xa4ss")).password.reveal(), "p\xc3\xa4ss");
}

TEST_F(LoginSettings, AllowsAllMechanismsUnlessSomeAreNamed) {
  EXPECT_THAT(
      credentials(load_login("x")).mechanisms,
      ElementsAre(LoginMechanism::scram_sha_256, LoginMechanism::plain, LoginMechanism::login));
  EXPECT_THAT(credentials(load_login("x", R"(, "mechanisms": [ "LOGIN", "PLAIN" ])")).mechanisms,
              ElementsAre(LoginMechanism::login, LoginMechanism::plain));
}

TEST_F(LoginSettings, SaysWhichMechanismWasMeant) {
  EXPECT_EQ(all_of(load_login("x", ",\n\"mechanisms\": [ \"SCRAM-SHA256\" ]").problems),
            "greyhound.json:4: error: /routes/0/auth/mechanisms/0: is \"SCRAM-SHA256\", must be "
            "one of \"SCRAM-SHA-256\", \"PLAIN\" or \"LOGIN\"; did you mean \"SCRAM-SHA-256\"?\n");
}

TEST_F(LoginSettings, NeedsAHostThatProvesItsName_Line157) {
  for (const auto* tls : {"", R"("tls": null, )", R"("tls": "none", )", R"("tls": "require", )"}) {
    EXPECT_EQ(all_of(load_route("x", tls).problems),
              "greyhound.json:2: error: /routes/0/auth: would give the password to a host that "
              "need not prove its name; write \"tls\": \"verify\", or \"implicit\" for port 465\n")
        << tls;
  }
  EXPECT_EQ(all_of(load_route("x", R"("tls": "implicit", )").problems), "");
}

TEST_F(LoginSettings, TheLevelOfAllHostsCountsWhereTheRouteHasNone) {
  EXPECT_EQ(
      all_of(load_route("x", "", "", R"("smtp": { "tls": { "level": "verify" } }, )").problems),
      "");
}

TEST_F(LoginSettings, NamesAFileThatCannotBeUsed) {
  const auto problem_with = [this](const std::string& file) {
    return all_of(load_with(file, R"("tls": "verify", )").problems);
  };
  const std::string at = "greyhound.json:3: error: /routes/0/auth/password_file: ";
  const std::string instead = "; name a file that holds the password alone\n";

  EXPECT_EQ(problem_with("/nonexistent/password"), at + "does not exist" + instead);
  EXPECT_EQ(problem_with("/dev/zero"), at + "cannot be read" + instead);
  EXPECT_EQ(problem_with(password_file().parent_path().string()), at + "cannot be read" + instead);
}

TEST_F(LoginSettings, SaysWhatIsWrongWithAPasswordAndNeverQuotesIt) {
  const std::string at = "greyhound.json:3: error: /routes/0/auth/password_file: ";
  const std::string instead = "; name a file that holds the password alone\n";
  using std::string_literals::operator""s;

  for (const auto* empty : {"", "\n", "\r\n"})
    EXPECT_EQ(all_of(load_login(empty).problems), at + "holds no password: it is empty" + instead);
  for (const auto& text : {"secret\nsecret\n"s, "secret\n\n"s, "sec\tret"s, "sec\0ret"s})
    EXPECT_EQ(all_of(load_login(text).problems),
              at + "holds more than one line, or control characters" + instead);
  EXPECT_EQ(all_of(load_login(std::string(1025, 'x')).problems),
            at + "holds more than a password: over 1KiB" + instead);
  EXPECT_EQ(all_of(load_login(std::string(1024, 'x') + "\r\n").problems), "");
}

TEST_F(LoginSettings, WarnsOfAPasswordThatEverybodyCanRead) {
  mode |= fs::perms::others_read;

  const auto loaded = load_login("secret");

  EXPECT_FALSE(loaded.has_errors());
  EXPECT_EQ(
      all_of(loaded.problems),
      "greyhound.json:3: warning: /routes/0/auth/password_file: is open to every user of this "
      "host; let the agent's user alone read it: chmod 600\n");
}

TEST_F(LoginSettings, LetsAGroupReadThePassword) {
  mode |= fs::perms::group_read;

  EXPECT_EQ(all_of(load_login("secret").problems), "");
}

}  // namespace
}  // namespace greyhound::config
