// greylisters.json: what the shipped catalogue says, and how an admin's own goes with it.
#include <algorithm>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/greylisters_json.hpp"
#include "unit/config/config_folder.hpp"

namespace greyhound::config {
namespace {

using namespace std::chrono_literals;
using mail::Stage;
using scheduler::Greylister;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

const Greylister& entry(const scheduler::Greylisters& catalogue, const std::string& id) {
  static const Greylister none{.id = "none", .name = "none"};
  const auto found = std::find_if(
      catalogue.begin(), catalogue.end(), [&id](const auto& one) { return one.id == id; });
  EXPECT_NE(found, catalogue.end()) << id;
  return found == catalogue.end() ? none : *found;
}

const Greylister& shipped(const std::string& id) {
  return entry(shipped_catalogue()->greylisters(), id);
}

scheduler::Greylisters read(std::string_view text) {
  Problems problems;
  auto entries = read_greylisters("greylisters.json", text, problems);
  EXPECT_EQ(all_of(problems), "");
  return entries;
}

std::string problems_of(std::string_view text) {
  return all_of(load_text("greylisters.json", text).problems);
}

TEST(Greylisters, TheShippedOnesAreKnownByTheirWindows) {
  EXPECT_THAT(shipped_catalogue()->greylisters(), SizeIs(69));
  EXPECT_EQ(std::count_if(shipped_catalogue()->greylisters().begin(),
                          shipped_catalogue()->greylisters().end(),
                          [](const auto& one) { return one.window.has_value(); }),
            36);
  EXPECT_EQ(shipped("postgrey").window, 300s);
  EXPECT_EQ(shipped("postgrey").pending, 48h);
  EXPECT_EQ(shipped("postgrey").verified, 35 * 24h);
  EXPECT_EQ(shipped("postgrey").stage, Stage::rcpt);
  EXPECT_EQ(shipped("postgrey").code, 450);
  EXPECT_EQ(shipped("postgrey").status->to_string(), "4.2.0");
  EXPECT_THAT(shipped("postgrey").texts, SizeIs(3));
}

TEST(Greylisters, TheShippedOnesTellMailApartByKeysOfTheirOwn) {
  using enum scheduler::KeyPart;
  EXPECT_THAT(shipped("plesk").key, ElementsAre(address, sender, recipient));
  EXPECT_THAT(shipped("postgrey").key, ElementsAre(network, sender, recipient));
  EXPECT_THAT(shipped("qpsmtpd_greylisting").key, ElementsAre(address));
  EXPECT_THAT(shipped("stalwart").key, ElementsAre(sender, recipient));
  EXPECT_EQ(shipped("plesk").trust, std::nullopt);
  EXPECT_EQ(shipped("postgrey").trust->passes, 5U);
  EXPECT_THAT(shipped("postgrey").trust->parts, ElementsAre(address));
  EXPECT_THAT(shipped("fortimail").trust->parts, ElementsAre(network, sender_domain));
}

TEST(Greylisters, AnOwnEntryMayNameItsKey) {
  const auto entries = read(R"([ { "id": "ours", "key_parts": [ "network", "sender_domain" ],
                                   "trusted_after_passes": 3 },
                                 { "id": "postgrey", "trusted_after_passes": null } ])");

  using enum scheduler::KeyPart;
  EXPECT_THAT(entries[0].key, ElementsAre(network, sender_domain));
  EXPECT_EQ(entries[0].trust->passes, 3U);
  EXPECT_THAT(entries[0].trust->parts, ElementsAre(address));
  EXPECT_EQ(entries[1].trust, std::nullopt);
  EXPECT_THAT(entries[1].key, ElementsAre(network, sender, recipient));
  EXPECT_THAT(problems_of(R"([ { "id": "x", "key_parts": [ "helo" ] } ])"), HasSubstr("\"helo\""));
  EXPECT_THAT(problems_of(R"([ { "id": "x", "key_parts": [] } ])"), HasSubstr("key_parts"));
}

TEST(Greylisters, TheShippedOnesHaveTheirPeculiarities) {
  EXPECT_EQ(shipped("bley").penalty->each, 10min);
  EXPECT_EQ(shipped("bley").penalty->most, 12h);
  EXPECT_FALSE(shipped("plesk").penalty);  // off unless an admin turns it on
  EXPECT_EQ(shipped("openbsd_spamd").third_contact, 60s);
  EXPECT_TRUE(shipped("greylistd").is_pending_renewed);
  EXPECT_FALSE(shipped("postgrey").is_pending_renewed);
  EXPECT_FALSE(shipped("postgrey").is_shared_across_mx);
  EXPECT_FALSE(shipped("plesk").is_shared_across_mx);
  EXPECT_TRUE(shipped("sqlgrey").is_shared_across_mx);
  EXPECT_EQ(shipped("rspamd_greylist").stage, Stage::eom);
  EXPECT_EQ(shipped("openbsd_spamd").stage, Stage::data);
}

TEST(Greylisters, AnAdminsEntryStandsInThePlaceOfTheShippedOneWithItsId) {
  const auto loaded = load_text("greylisters.json",
                                R"([{"id": "bley", "initial_deny_seconds": 60},  // ours is quick
                                    {"id": "own", "initial_deny_seconds": 7}])");

  EXPECT_EQ(all_of(loaded.problems), "");
  const auto& catalogue = loaded.settings.retry.catalogue->greylisters();
  EXPECT_THAT(catalogue, SizeIs(70));
  EXPECT_EQ(entry(catalogue, "bley").window, 60s);
  EXPECT_EQ(entry(catalogue, "bley").penalty->each, 10min);  // left out: as shipped
  EXPECT_EQ(entry(catalogue, "own").window, 7s);
  EXPECT_EQ(entry(catalogue, "own").name, "own");
  EXPECT_FALSE(entry(catalogue, "own").pending);
}

TEST(Greylisters, WithoutAFileTheShippedOnesAreKnown) {
  ConfigFolder empty;

  EXPECT_EQ(load(empty.path()).settings.retry.catalogue, shipped_catalogue());
}

TEST(Greylisters, APenaltyMayBeToldInProse) {
  const auto entries = read(R"([
      {"id": "a", "early_retry_behaviour":
       "PENALISED: every early retry adds 20 minutes to the waiting time; ceiling 6 h, then in"},
      {"id": "b", "early_retry_behaviour": "PENALISED: every early retry adds 90 seconds"},
      {"id": "c", "early_retry_behaviour":
       "PENALISED when penalties are on, which is not the default"},
      {"id": "bley", "early_retry_behaviour": "clock unaffected"},
      {"id": "d", "early_retry_behaviour": "PENALISED: every early retry adds 20 minutes",
       "early_retry_penalty_seconds": 5}])");

  EXPECT_EQ(entry(entries, "a").penalty->each, 20min);
  EXPECT_EQ(entry(entries, "a").penalty->most, 6h);
  EXPECT_EQ(entry(entries, "b").penalty->each, 90s);
  EXPECT_FALSE(entry(entries, "b").penalty->most);
  EXPECT_FALSE(entry(entries, "c").penalty);
  EXPECT_FALSE(entry(entries, "bley").penalty);
  EXPECT_EQ(entry(entries, "d").penalty->each, 5s);
}

TEST(Greylisters, AnEntryWithoutTheKeysOfItsKindHasThemFromTheShippedOneWithItsId) {
  const auto entries = read(R"([{"id": "openbsd_spamd", "initial_deny_seconds": 300}])");

  EXPECT_THAT(entries, SizeIs(1));
  EXPECT_EQ(entries[0].window, 300s);
  EXPECT_EQ(entries[0].third_contact, 60s);
}

TEST(Greylisters, SayWhatIsWrongAndWhere) {
  EXPECT_THAT(problems_of("{}"), HasSubstr("greylisters.json:1: error"));
  EXPECT_THAT(problems_of(R"([{"name": "x"}])"), HasSubstr("lacks \"id\""));
  EXPECT_THAT(problems_of(R"([{"id": "a"}, {"id": "a"}])"), HasSubstr("like an entry before it"));
  EXPECT_THAT(problems_of(R"([{"id": "a", "initial_deny_second": 1}])"),
              HasSubstr("did you mean \"initial_deny_seconds\"?"));
  EXPECT_THAT(problems_of(R"([{"id": "a", "enhanced_code": "4.7"}])"),
              HasSubstr("/0/enhanced_code: is \"4.7\", must be an enhanced code"));
  EXPECT_THAT(problems_of(R"([{"id": "a", "initial_deny_seconds": "5m"}])"),
              HasSubstr("/0/initial_deny_seconds"));
}

}  // namespace
}  // namespace greyhound::config
