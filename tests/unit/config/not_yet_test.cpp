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
  EXPECT_EQ(problems_of("retry.json",
                        "{ \"learning\": {\n\"enabled\": false,\n"
                        "\"forget_after\": \"60d\" },\n\"hints\": { \"min\": \"1s\" } }"),
            "retry.json:2: note: /learning/enabled: has no effect in this version\n"
            "retry.json:4: note: /hints/min: has no effect in this version\n");
}

TEST(NotYet, StillChecksWhatHasNoEffect) {
  EXPECT_EQ(problems_of("retry.json", R"({ "hints": { "min": "5h" } })"),
            "retry.json:1: note: /hints/min: has no effect in this version\n"
            "retry.json:1: error: /hints/min: is 5h, must not be longer than max (4h); "
            "write \"4h\" or less\n");
}

}  // namespace
}  // namespace greyhound::config
