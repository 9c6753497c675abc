#include "config/not_yet.hpp"

#include <gtest/gtest.h>

#include "unit/config/config_folder.hpp"

namespace greyhound::config {
namespace {

std::string problems_of(const std::string& file, const std::string& text) {
  return all_of(load_text(file, text).problems);
}

TEST(NotYet, SaysNothingOfDefaults) {
  EXPECT_EQ(problems_of("retry.json", R"({ "hints": { "obey": true }, "learning": {} })"), "");
  EXPECT_EQ(problems_of("greyhound.json", R"({ "smtp": { "tls": { "mta_sts": true } } })"), "");
  EXPECT_EQ(problems_of("notification.json", R"({ "languages": [ "en" ], "rules": [] })"), "");
}

TEST(NotYet, NotesEachHarmlessKeyAtItsLine) {
  EXPECT_EQ(problems_of("greyhound.json",
                        "{ \"hostname\": \"a.example\",\n\"control\": {\n"
                        "\"http\": \"127.0.0.1:8025\" } }"),
            "greyhound.json:3: note: /control/http: has no effect in this version\n");
}

}  // namespace
}  // namespace greyhound::config
