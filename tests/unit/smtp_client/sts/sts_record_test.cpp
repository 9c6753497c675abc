#include "smtp_client/sts/sts_record.hpp"

#include <gtest/gtest.h>

namespace greyhound::smtp {
namespace {

std::string id_in(const std::vector<std::string>& texts) {
  return sts_id(texts).value_or("none");
}

TEST(StsRecord, HasAnId) {
  EXPECT_EQ(id_in({"v=STSv1; id=20260301T120000;"}), "20260301T120000");
  EXPECT_EQ(id_in({"v=STSv1;id=a"}), "a");
  EXPECT_EQ(id_in({"v=STSv1 ;\t id=a \t;"}), "a");
}

TEST(StsRecord, IsTheOnlyOneOfItsKind_Line138) {
  EXPECT_EQ(id_in({}), "none");
  EXPECT_EQ(id_in({"v=STSv1; id=a", "v=STSv1; id=b"}), "none");
  EXPECT_EQ(id_in({"v=STSv1; id=a", "v=STSv1; id=a"}), "none");
  EXPECT_EQ(id_in({"v=spf1 -all", "v=STSv1; id=a", "", "V=STSv1; id=b", "v=STSv2; id=c"}), "a");
}

TEST(StsRecord, BeginsWithTheVersionAsAWholeWord) {
  EXPECT_EQ(id_in({"v=STSv10; id=a"}), "none");
  EXPECT_EQ(id_in({"v=STSv1"}), "none");
  EXPECT_EQ(id_in({" v=STSv1; id=a"}), "none");
  EXPECT_EQ(id_in({"id=a; v=STSv1"}), "none");
  EXPECT_EQ(id_in({"v=STSv1", "v=STSv1x; id=b", "v=STSv1; id=a"}), "a");
}

TEST(StsRecord, IsNoneWithoutAGoodId) {
  EXPECT_EQ(id_in({"v=STSv1;"}), "none");
  EXPECT_EQ(id_in({"v=STSv1; id="}), "none");
  EXPECT_EQ(id_in({"v=STSv1; id=a-b"}), "none");
  EXPECT_EQ(id_in({"v=STSv1; id=a b"}), "none");
  EXPECT_EQ(id_in({"v=STSv1; ID=a"}), "none");
  EXPECT_EQ(id_in({"v=STSv1; id=a; id=b"}), "none");
  EXPECT_EQ(id_in({"v=STSv1; id=" + std::string(32, 'a')}), std::string(32, 'a'));
  EXPECT_EQ(id_in({"v=STSv1; id=" + std::string(33, 'a')}), "none");
  EXPECT_EQ(id_in({std::string("v=STSv1; id=a\0b", 15)}), "none");
}

TEST(StsRecord, MayHaveFieldsThatAreYetToCome) {
  EXPECT_EQ(id_in({"v=STSv1; x-1_y.z=<any/thing>; id=a; more=1"}), "a");
}

TEST(StsRecord, IsNoneWithAFieldThatIsNoField) {
  EXPECT_EQ(id_in({"v=STSv1; id=a; word"}), "none");
  EXPECT_EQ(id_in({"v=STSv1; id=a; x="}), "none");
  EXPECT_EQ(id_in({"v=STSv1; id=a; =x"}), "none");
  EXPECT_EQ(id_in({"v=STSv1; id=a; x=y=z"}), "none");
  EXPECT_EQ(id_in({"v=STSv1; id=a; ; x=y"}), "none");
  EXPECT_EQ(id_in({"v=STSv1; id=a; -x=y"}), "none");
  EXPECT_EQ(id_in({"v=STSv1; id=a; " + std::string(33, 'x') + "=y"}), "none");
  EXPECT_EQ(id_in({"v=STSv1; id=a; x=\x80"}), "none");
}

TEST(StsRecord, MayBeLongAndMany) {
  EXPECT_EQ(id_in({"v=STSv1; id=a; x=" + std::string(4000, 'y')}), "a");
  EXPECT_EQ(id_in(std::vector<std::string>(100, "v=STSv1; id=a")), "none");
  EXPECT_EQ(id_in({"v=STSv1;" + std::string(4000, ';')}), "none");
}

}  // namespace
}  // namespace greyhound::smtp
