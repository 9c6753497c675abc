#include "runtime/ip.hpp"

#include <gtest/gtest.h>

namespace greyhound::runtime {
namespace {

TEST(IpAddress, ReadsAndWritesBothFamilies) {
  EXPECT_EQ(IpAddress::parse("192.0.2.1")->to_string(), "192.0.2.1");
  EXPECT_EQ(IpAddress::parse("2001:DB8::1")->to_string(), "2001:db8::1");
}

TEST(IpAddress, TakesAMappedAddressForTheV4AddressItStandsFor) {
  EXPECT_EQ(IpAddress::parse("::ffff:127.0.0.1"), IpAddress::parse("127.0.0.1"));
}

TEST(IpAddress, RefusesWhatIsNoAddress) {
  for (const auto* text :
       {"", "1.2.3", "1.2.3.4.5", "256.1.1.1", "::g", "[::1]", "host", "1.2.3.4 "}) {
    EXPECT_FALSE(IpAddress::parse(text)) << text;
  }
}

TEST(Endpoint, ReadsAddressesWithAndWithoutPort) {
  EXPECT_EQ(Endpoint::parse("192.0.2.1:2525", 25)->to_string(), "192.0.2.1:2525");
  EXPECT_EQ(Endpoint::parse("192.0.2.1", 25)->to_string(), "192.0.2.1:25");
  EXPECT_EQ(Endpoint::parse("[2001:db8::1]:2525", 25)->to_string(), "[2001:db8::1]:2525");
  EXPECT_EQ(Endpoint::parse("2001:db8::1", 25)->to_string(), "[2001:db8::1]:25");
  for (const auto* text : {"192.0.2.1:", "192.0.2.1:0", "192.0.2.1:65536", ":25", "x:25"}) {
    EXPECT_FALSE(Endpoint::parse(text, 25)) << text;
  }
}

TEST(IpNetwork, ContainsWhatSharesItsPrefix) {
  const auto ten = *IpNetwork::parse("10.0.0.0/9");

  EXPECT_TRUE(ten.contains(*IpAddress::parse("10.127.255.255")));
  EXPECT_FALSE(ten.contains(*IpAddress::parse("10.128.0.0")));
  EXPECT_FALSE(ten.contains(*IpAddress::parse("::1")));
  EXPECT_TRUE(IpNetwork::parse("::1")->contains(*IpAddress::parse("::1")));
  EXPECT_TRUE(IpNetwork::parse("127.0.0.0/8")->contains(*IpAddress::parse("::ffff:127.0.0.9")));
  EXPECT_TRUE(IpNetwork::parse("0.0.0.0/0")->contains(*IpAddress::parse("8.8.8.8")));
}

TEST(IpNetwork, RefusesAPrefixThatIsTooLong) {
  EXPECT_FALSE(IpNetwork::parse("10.0.0.0/33"));
  EXPECT_FALSE(IpNetwork::parse("::/129"));
  EXPECT_FALSE(IpNetwork::parse("10.0.0.0/"));
}

}  // namespace
}  // namespace greyhound::runtime
