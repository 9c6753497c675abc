#include "smtp_client/sts/sts_folder.hpp"

#include <fstream>
#include <iterator>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "world/temp_folder.hpp"

namespace greyhound::smtp {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string text = "version: STSv1\nmode: testing\nmx: *.d.example\nmax_age: 60\n";

StoredStsPolicy stored_for(const std::string& domain) {
  return {.domain = domain,
          .id = "20260301",
          .fetched = Instant(std::chrono::seconds(1'772'366'400)),
          .policy = parse_sts_policy(text).value()};
}

class RecordingLog final : public EventLog {
 public:
  std::vector<std::string> lines;
  void write(Level, std::string line) override { lines.push_back(std::move(line)); }
};

class StsFolderTest : public testing::Test {
 protected:
  std::set<std::string> loaded() {
    const auto all = folder.load();
    EXPECT_TRUE(all) << all.error().what;
    std::set<std::string> domains;
    for (const auto& stored : *all)
      domains.insert(stored.domain);
    return domains;
  }

  void save(const std::string& domain) {
    const auto saved = folder.save(stored_for(domain));
    ASSERT_TRUE(saved) << saved.error().what;
  }

  std::string bytes_of(const std::string& name) const {
    std::ifstream in(path / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  }

  void write(const std::string& name, const std::string& bytes) const {
    std::ofstream(path / name, std::ios::binary) << bytes;
  }

  const world::TempFolder temporary;
  const std::filesystem::path path = temporary.path() / "mta-sts";
  RecordingLog log;
  StsFolder folder{path, log};
};

TEST_F(StsFolderTest, GivesBackWhatWasSaved) {
  EXPECT_THAT(loaded(), IsEmpty());
  save("d.example");

  const auto all = StsFolder(path, log).load().value();

  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0], stored_for("d.example"));
  EXPECT_THAT(log.lines, IsEmpty());
}

TEST_F(StsFolderTest, KeepsTheLastOneAndForgetsTheRemoved) {
  EXPECT_THAT(loaded(), IsEmpty());
  save("d.example");
  save("d.example");
  save("e.example");

  EXPECT_TRUE(folder.remove("d.example"));
  EXPECT_TRUE(folder.remove("never.example"));

  EXPECT_THAT(loaded(), ElementsAre("e.example"));
}

TEST_F(StsFolderTest, TakesNoDomainThatIsNoFileName) {
  EXPECT_THAT(loaded(), IsEmpty());

  for (const auto* domain : {"", ".", "..", "../d.example", "a/b", ".new", "a b"}) {
    EXPECT_FALSE(folder.save(stored_for(domain))) << domain;
  }

  EXPECT_FALSE(std::filesystem::exists(temporary.path() / "d.example"));
}

TEST_F(StsFolderTest, IgnoresWhatIsNotOursAndLeavesItAlone) {
  EXPECT_THAT(loaded(), IsEmpty());
  save("d.example");
  write("README", "hello");
  write("e.example", bytes_of("d.example"));
  write("huge.example", std::string(1'000'000, 'x'));
  std::filesystem::create_directory(path / "folder.example");
  std::filesystem::create_symlink(path / "d.example", path / "link.example");

  EXPECT_THAT(loaded(), ElementsAre("d.example"));

  EXPECT_EQ(log.lines.size(), 5U);
  EXPECT_THAT(log.lines[0], HasSubstr("mta_sts_file_ignored file="));
  EXPECT_EQ(bytes_of("README"), "hello");
}

TEST_F(StsFolderTest, IsNotDisturbedByAFileThatACrashLeftUnfinished) {
  EXPECT_THAT(loaded(), IsEmpty());
  write(".new", "greyhound mta-s");

  EXPECT_THAT(loaded(), IsEmpty());
  save("d.example");

  EXPECT_THAT(loaded(), ElementsAre("d.example"));
  EXPECT_THAT(log.lines, IsEmpty());
}

TEST_F(StsFolderTest, SaysWhyItCannotBe) {
  std::ofstream(path) << "a file";

  EXPECT_THAT(folder.load().error().what, HasSubstr("mta-sts: "));
  EXPECT_THAT(folder.save(stored_for("d.example")).error().what, HasSubstr("Not a directory"));
}

TEST(StsFile, IsStableText) {
  EXPECT_EQ(to_file(stored_for("d.example")),
            "greyhound mta-sts 1 e89c7aa0\ndomain d.example\nid 20260301\n"
            "fetched 1772366400\n\n" +
                text);
}

TEST(StsFile, IsNotReadWithAnyByteChangedOrMissing) {
  const auto good = to_file(stored_for("d.example"));
  ASSERT_TRUE(from_file(good));

  for (std::size_t i = 0; i < good.size(); ++i) {
    EXPECT_FALSE(from_file(good.substr(0, i))) << i;
    auto changed = good;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_FALSE(from_file(changed)) << i;
  }
  EXPECT_FALSE(from_file(good + "x: y\n"));
}

}  // namespace
}  // namespace greyhound::smtp
