// Damaged files: whatever stands in them, the loader ends, and with settings or with an error.
#include <array>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "config/embedded.hpp"
#include "runtime/random.hpp"
#include "unit/config/config_folder.hpp"

namespace greyhound::config {
namespace {

constexpr std::uint64_t seed = 20260301;

const std::array<std::string_view, 20> fragments{
    "{",  "}",   "[",      "]",    ",",         ":",     "\"", "null",    "true", "0",
    "-1", "1e9", "\"0s\"", "\"\"", "\"9999d\"", "\"*\"", "//", "\\u0000", "\xff", "\"a\": [ {} ],"};

std::string mutated(std::string text, Random& random) {
  const auto rounds = 1 + random.below(3);
  for (std::uint64_t i = 0; i < rounds; ++i) {
    const auto at = static_cast<std::size_t>(random.below(text.size() + 1));
    const auto length = static_cast<std::size_t>(random.below(12));
    switch (random.below(4)) {
      case 0:
        text.insert(at, fragments[random.below(fragments.size())]);
        break;
      case 1:
        text.erase(at, length);
        break;
      case 2:
        text.replace(at, length, fragments[random.below(fragments.size())]);
        break;
      default:
        if (at < text.size()) text[at] = static_cast<char>(random.below(256));
    }
  }
  return text;
}

void try_many(const std::string& file, std::string_view shipped, int rounds) {
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  int refused = 0;
  for (int i = 0; i < rounds; ++i) {
    const auto text = mutated(std::string(shipped), random);

    const auto loaded = load_text(file, text);

    refused += loaded.has_errors() ? 1 : 0;
    if (loaded.has_errors()) continue;
    ASSERT_FALSE(loaded.settings.retry.rules.empty()) << text;
    ASSERT_FALSE(loaded.settings.retry.rules.back().match.needs_reply()) << text;
    for (const auto& rule : loaded.settings.retry.rules) {
      ASSERT_FALSE(rule.retry.empty() || rule.greylist.empty()) << text;
      ASSERT_GE(rule.retry.front(), std::chrono::seconds(1)) << text;
    }
  }
  EXPECT_GT(refused, rounds / 4);  // else the damage is too small to test anything
  EXPECT_LT(refused, rounds);
}

TEST(DamagedFiles, OfTheAgentLoadOrAreRefused) {
  try_many("greyhound.json", greyhound_defaults, 300);
}

TEST(DamagedFiles, OfTheScheduleLoadOrAreRefused) {
  try_many("retry.json", retry_defaults, 300);
}

TEST(DamagedFiles, OfTheNoticesLoadOrAreRefused) {
  try_many("notification.json", notification_defaults, 300);
}

TEST(DamagedFiles, CutAtAnyByteAreRefused) {
  const std::string text(retry_defaults);
  const auto end = text.rfind('}');

  for (std::size_t length = 0; length <= end; length += 7) {
    EXPECT_TRUE(load_text("retry.json", text.substr(0, length)).has_errors()) << length;
  }
}

}  // namespace
}  // namespace greyhound::config
