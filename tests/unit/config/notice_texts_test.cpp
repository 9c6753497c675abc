// The words of notices, shipped and an admin's own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "config/embedded.hpp"
#include "config/notice_texts_json.hpp"
#include "unit/config/config_folder.hpp"

namespace greyhound::config {
namespace {

using notify::Phrase;
using testing::HasSubstr;
using Json = nlohmann::ordered_json;

struct Loaded {
  NoticeLibrary library;
  std::string problems;
};

Loaded load_texts(const std::string& file, std::string_view text) {
  ConfigFolder folder;
  Problems problems;
  auto library = load_notice_texts(folder.with(file, text).path(), problems);
  return {std::move(library), all_of(problems)};
}

TEST(NoticeTexts, OfEachLanguageHaveAllPhrasesAndTheirPlaceholders) {
  const auto& english = *shipped_notice_texts().at("en");
  for (const auto& [tag, texts] : shipped_notice_texts()) {
    EXPECT_EQ(texts->language, tag);
    for (const auto& rule : notify::phrase_rules()) {
      EXPECT_NE(texts->of(rule.phrase), "") << tag << ' ' << rule.name;
      const auto holds = [&rule](const notify::NoticeTexts& in, const std::string& name) {
        return in.of(rule.phrase).find("{" + name + "}") != std::string::npos;
      };
      for (const auto* const name : {"recipient", "count", "host", "date", "dates", "id"})
        EXPECT_EQ(holds(*texts, name), holds(english, name)) << tag << ' ' << rule.name;
    }
  }
}

TEST(NoticeTexts, AnAdminChangesPhrasesOfAShippedLanguage) {
  const auto loaded = load_texts(
      "de.json", R"({ "language": "de", "delay_opening": "Geduld.", "delay_closing": "" })");

  EXPECT_EQ(loaded.problems, "");
  const auto& texts = *loaded.library.at("de");
  EXPECT_EQ(texts.of(Phrase::delay_opening), "Geduld.");
  EXPECT_EQ(texts.of(Phrase::delay_closing), "");
  EXPECT_EQ(texts.of(Phrase::refused), shipped_notice_texts().at("de")->of(Phrase::refused));
  EXPECT_EQ(loaded.library.at("en"), shipped_notice_texts().at("en"));
}

TEST(NoticeTexts, AnAdminAddsALanguage) {
  auto own = Json::parse(notices_en, nullptr, true, true);
  own["language"] = "nl";
  own["delay_opening"] = "Uw bericht is vertraagd.";

  const auto loaded = load_texts("nl.json", own.dump());

  EXPECT_EQ(loaded.problems, "");
  EXPECT_EQ(texts_in(loaded.library, "nl-BE")->of(Phrase::delay_opening),
            "Uw bericht is vertraagd.");
}

TEST(NoticeTexts, ANewLanguageThatIsNotWholeIsRefused) {
  EXPECT_THAT(load_texts("nl.json", R"({ "language": "nl", "from_name": "Post" })").problems,
              HasSubstr("lacks \"delay_subject\", and no texts in this language are shipped"));
}

TEST(NoticeTexts, WhatCannotBeFilledInIsAnError) {
  const auto loaded =
      load_texts("en.json", R"({ "language": "en", "delay_subject": "Late: {recipent}" })");

  EXPECT_THAT(loaded.problems,
              HasSubstr("en.json:1: error: /delay_subject: has no value for {recipent}; "
                        "use of these: recipient"));
  EXPECT_EQ(loaded.library.at("en"), shipped_notice_texts().at("en"));
}

TEST(NoticeTexts, WhatDoesNotBelongInALineIsAnError) {
  EXPECT_THAT(load_texts("en.json", R"({ "language": "en", "from_name": "a\r\nBcc: b" })").problems,
              HasSubstr("/from_name: holds a control character"));
  EXPECT_THAT(load_texts("en.json", R"({ "language": "de" })").problems,
              HasSubstr("/language: is not the name of the file"));
  EXPECT_THAT(load_texts("en.json", R"({ "language": "en", "subject": "x" })").problems,
              HasSubstr("subject"));
  EXPECT_THAT(load_texts("en.json", "{").problems, HasSubstr("en.json:1: error"));
}

TEST(NoticeTexts, OfAFolderThatIsNotThereAreAnError) {
  Problems problems;

  load_notice_texts("/nowhere/texts", problems);

  EXPECT_THAT(all_of(problems), HasSubstr("/nowhere/texts: error: cannot be read: No such file"));
}

TEST(NoticeTexts, ALanguageOfWhichThereAreNoneIsAnErrorThatNamesTheOthers) {
  const auto loaded = load_text("notification.json", R"({ "languages": [ "de-AT", "xx" ] })");

  EXPECT_THAT(all_of(loaded.problems),
              HasSubstr("/languages/1: is \"xx\", of which there are no texts; "
                        "write one of de, en, es, fr, or a file in the folder of"));
}

TEST(NoticeTexts, AreReadWithTheSettings) {
  ConfigFolder texts;
  texts.with("en.json", R"({ "language": "en", "from_name": "The post room" })");
  const auto loaded = load_text("notification.json",
                                R"({ "templates": ")" + texts.path().string() +
                                    R"(", "languages": [ "fr", "en" ], "rules": [
            { "match": { "sender": "*@de.example", "class": [ "greylist" ] },
              "languages": [ "de" ], "delay": { "after_retry": 4 } } ] })");

  EXPECT_EQ(all_of(loaded.problems), "");
  const auto& settings = loaded.settings.notification;
  ASSERT_EQ(settings.texts.size(), 2U);
  EXPECT_EQ(settings.texts[0]->language, "fr");
  EXPECT_EQ(settings.texts[1]->of(Phrase::from_name), "The post room");
  ASSERT_EQ(settings.rules.size(), 1U);
  const auto& rule = settings.rules[0];
  EXPECT_EQ(rule.terms.delay.after_retry, 4U);
  EXPECT_TRUE(rule.terms.delay.skip_bulk);
  ASSERT_EQ(rule.terms.texts.size(), 1U);
  EXPECT_EQ(rule.terms.texts[0]->language, "de");
}

}  // namespace
}  // namespace greyhound::config
