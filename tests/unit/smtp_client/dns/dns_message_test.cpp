#include "smtp_client/dns/dns_message.hpp"

#include <random>
#include <string>

#include <gmock/gmock.h>

#include "unit/first_seed.hpp"

namespace greyhound::smtp {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

const DnsQuestion question{.name = "alias.test", .type = RecordType::a, .id = 0x1234};

std::string bytes(std::initializer_list<int> values) {
  std::string all;
  for (const auto value : values)
    all += static_cast<char>(value);
  return all;
}

const std::string alias_name = bytes({5}) + "alias" + bytes({4}) + "test" + bytes({0});
const std::string host_name = bytes({2}) + "mx" + bytes({4}) + "test" + bytes({0});

std::string record(const std::string& owner, int type, const std::string& rdata) {
  return owner + bytes({0, type, 0, 1, 0, 0, 0, 60, 0, static_cast<int>(rdata.size())}) + rdata;
}

// Flags: QR RD RA, and AD.
std::string reply(const std::vector<std::string>& answers, int flags = 0xa0, int more = 0x81) {
  const auto count = static_cast<int>(answers.size());
  auto all = bytes({0x12, 0x34, more, flags, 0, 1, 0, count, 0, 0, 0, 0}) + alias_name +
             bytes({0, 1, 0, 1});
  for (const auto& answer : answers)
    all += answer;
  return all;
}

const std::string cname = record(alias_name, 5, host_name);
const std::string address = record(host_name, 1, bytes({192, 0, 2, 1}));

std::optional<DnsReply> decode(const std::string& wire) {
  return decode_reply({reinterpret_cast<const std::uint8_t*>(wire.data()), wire.size()}, question);
}

TEST(DnsMessage, AsksForRecursionAndForTheVerdictOfValidation) {
  const auto encoded = encode(question);

  const std::string wire(encoded.begin(), encoded.end());
  EXPECT_EQ(wire,
            bytes({0x12, 0x34, 0x01, 0x20, 0, 1, 0, 0, 0, 0, 0, 1}) + alias_name +
                bytes({0, 1, 0, 1}) + bytes({0, 0, 41, 0x04, 0xd0, 0, 0, 0x80, 0, 0, 0}));
}

TEST(DnsMessage, FollowsTheAliasesOfTheAnswer) {
  const auto decoded = decode(reply({cname, address}));

  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->answer.rcode, 0);
  EXPECT_TRUE(decoded->answer.is_secure);
  EXPECT_FALSE(decoded->is_truncated);
  EXPECT_EQ(decoded->answer.canonical, "mx.test");
  EXPECT_THAT(decoded->answer.records, ElementsAre(std::vector<std::uint8_t>{192, 0, 2, 1}));
}

TEST(DnsMessage, TakesNoRecordsOfOtherNames) {
  const auto decoded = decode(reply({address}));

  ASSERT_TRUE(decoded);
  EXPECT_THAT(decoded->answer.records, IsEmpty());
  EXPECT_EQ(decoded->answer.canonical, "alias.test");
}

TEST(DnsMessage, EndsWhereAliasesGoInCircles) {
  const auto decoded = decode(reply({cname, record(host_name, 5, alias_name)}));

  ASSERT_TRUE(decoded);
  EXPECT_THAT(decoded->answer.records, IsEmpty());
}

TEST(DnsMessage, ReadsTheFlags) {
  const auto unsigned_one = decode(reply({cname, address}, 0x80));
  const auto refused = decode(reply({}, 0x85));
  const auto cut = decode(reply({}, 0x80, 0x83));

  EXPECT_FALSE(unsigned_one->answer.is_secure);
  EXPECT_EQ(refused->answer.rcode, 5);
  EXPECT_TRUE(cut->is_truncated);
}

TEST(DnsMessage, RefusesWhatAnswersNoQuestionOfOurs) {
  const auto good = reply({cname, address});
  const auto with = [&good](std::size_t at, int value) {
    auto changed = good;
    changed[at] = static_cast<char>(value);
    return changed;
  };

  EXPECT_TRUE(decode(good));
  EXPECT_FALSE(decode(with(1, 0x35)));  // another id
  EXPECT_FALSE(decode(with(2, 0x01)));  // a question itself
  EXPECT_FALSE(decode(with(13, 'b')));  // another name,
  EXPECT_FALSE(decode(with(25, 28)));   // type
  EXPECT_FALSE(decode(with(27, 3)));    // or class
  EXPECT_FALSE(decode(with(5, 0)));     // no question
  EXPECT_FALSE(decode(""));
  EXPECT_FALSE(decode(good.substr(0, good.size() - 1)));
}

TEST(DnsMessage, TakesNoMoreRecordsThanTheLimit) {
  std::vector<std::string> many(120, record(alias_name, 1, bytes({192, 0, 2, 1})));

  EXPECT_THAT(decode(reply(many))->answer.records, SizeIs(RawAnswer::max_records));
}

TEST(DnsMessage, SurvivesAnyBytes) {
  const auto seed = test::first_seed();
  std::mt19937 random(seed);
  const auto good = reply({cname, address, record(host_name, 46, std::string(40, '\x01'))});

  for (int i = 0; i < 20'000; ++i) {
    auto bad = good.substr(0, random() % 4 == 0 ? random() % good.size() : good.size());
    for (auto changes = random() % 4; changes > 0 && bad.size() > 2; --changes)
      bad[2 + random() % (bad.size() - 2)] = static_cast<char>(random());
    const auto decoded = decode(bad);
    const auto count = decoded ? decoded->answer.records.size() : 0;
    EXPECT_LE(count, RawAnswer::max_records);
  }
}

}  // namespace
}  // namespace greyhound::smtp
