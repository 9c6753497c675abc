#include "cli/config_check.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <stdlib.h>

namespace greyhound::cli {
namespace {

class ConfigCheck : public testing::Test {
 protected:
  ConfigCheck() {
    auto name = (std::filesystem::temp_directory_path() / "greyhound-check-XXXXXX").string();
    EXPECT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  ~ConfigCheck() override { std::filesystem::remove_all(folder_); }

  void write(const std::string& file, const std::string& text) const {
    std::ofstream(folder_ / file) << text;
  }
  int check(bool as_json) { return config_check(folder_, as_json, out_, err_); }

  std::filesystem::path folder_;
  std::ostringstream out_;
  std::ostringstream err_;
};

TEST_F(ConfigCheck, SaysThatAGoodFolderIsGood) {
  EXPECT_EQ(check(false), 0);
  EXPECT_EQ(out_.str(), "the configuration in " + folder_.string() + " is good\n");
  EXPECT_EQ(err_.str(), "");
}

TEST_F(ConfigCheck, PrintsEveryProblemAndCountsThem) {
  write("retry.json", "{ \"ruels\": [],\n\"hints\": 5 }");
  write("notification.json", "{ \"delay\": { \"after_retry\": -1, \"grace\": \"1s\" } }");

  const auto code = check(false);

  EXPECT_EQ(code, 1);
  EXPECT_EQ(out_.str(),
            "retry.json:1: error: /ruels: is no key of retry.json; did you mean \"rules\"?\n"
            "retry.json:2: error: /hints: is 5, must be an object\n"
            "notification.json:1: error: /delay/after_retry: is -1, must be at least 0; write 0\n"
            "notification.json:1: note: /delay/grace: has no effect in this version\n"
            "3 problems in 2 files, 1 note\n");
}

TEST_F(ConfigCheck, ExitsWithOneForAWarningAlone) {
  write("retry.json", R"({ "rules": [ { "name": "a", "lifetime": "1m" } ] })");

  EXPECT_EQ(check(false), 1);
}

TEST_F(ConfigCheck, ExitsWithZeroForNotesAlone) {
  write("retry.json", R"({ "hints": { "obey": false } })");

  EXPECT_EQ(check(false), 0);
  EXPECT_NE(out_.str().find("is good, 1 note\n"), std::string::npos);
}

TEST_F(ConfigCheck, PrintsOneJsonObjectALineAndTheCountElsewhere) {
  write("retry.json", "{\n\"ruels\": []\n}");

  const auto code = check(true);

  EXPECT_EQ(code, 1);
  const auto line = nlohmann::json::parse(out_.str());
  EXPECT_EQ(line,
            nlohmann::json({{"file", "retry.json"},
                            {"line", 2},
                            {"pointer", "/ruels"},
                            {"severity", "error"},
                            {"what", "is no key of retry.json"},
                            {"suggestion", "did you mean \"rules\"?"}}));
  EXPECT_EQ(err_.str(), "1 problem in 1 file\n");
}

TEST_F(ConfigCheck, KeepsBytesThatAreNoTextOffTheTerminalAndInsideJson) {
  write("ret\xff\x1by.json", "");

  EXPECT_EQ(check(false), 1);
  EXPECT_EQ(out_.str().find('\x1b'), std::string::npos);
  EXPECT_EQ(out_.str().find('\xff'), std::string::npos);
  out_.str("");
  check(true);
  EXPECT_TRUE(nlohmann::json::accept(out_.str()));
}

}  // namespace
}  // namespace greyhound::cli
