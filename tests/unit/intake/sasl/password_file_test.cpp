#include "intake/sasl/password_file.hpp"

#include <filesystem>
#include <fstream>
#include <set>
#include <vector>

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "unit/intake/sasl/password_builders.hpp"
#include "world/temp_folder.hpp"

namespace greyhound::intake {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

const std::string keys =
    "W22ZaJ0SNY7soEsUEjb6gQ==,"
    "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=,wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=";

std::string complaint_of(const std::string& text) {
  const auto file = PasswordFile::parse(text);
  if (file) return "";
  EXPECT_EQ(file.error().fault, Fault::config);
  return file.error().what;
}

TEST(PasswordFile, KnowsTheKeysOfEachLine) {
  const auto file = file_of("# ours\n\n  \n" + std::string(pencil_line) + "\r\n" +
                            line_of("Jörg <j@d.example>", "x", 5000));

  EXPECT_EQ(file.size(), 2U);
  const auto pencil = file.keys_of("user");
  EXPECT_EQ(pencil.iterations, 4096U);
  EXPECT_EQ(encode_base64(pencil.salt), "W22ZaJ0SNY7soEsUEjb6gQ==");
  EXPECT_EQ(encode_base64(pencil.stored_key), "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=");
  EXPECT_EQ(encode_base64(pencil.server_key), "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=");
  EXPECT_FALSE(pencil.is_decoy);
  EXPECT_EQ(file.keys_of("Jörg <j@d.example>").iterations, 5000U);
}

TEST(PasswordFile, MayHaveNoUsers) {
  EXPECT_EQ(file_of("").size(), 0U);
  EXPECT_TRUE(file_of("# nobody\n").keys_of("user").is_decoy);
}

TEST(PasswordFile, HasTheLineThatIsWrittenForAUser) {
  const auto made =
      make_scram_keys(mail::Password("pencil"), *decode_base64("W22ZaJ0SNY7soEsUEjb6gQ=="), 4096);

  EXPECT_EQ(password_line("user", made), pencil_line);
}

TEST(PasswordFile, SaysWhichLineIsWrongAndWhatToDo) {
  const std::string good = std::string(pencil_line) + "\n";
  const std::vector<std::pair<std::string, std::string>> wrong{
      {"hunter2", "no colon"},
      {":{SCRAM-SHA-256}4096," + keys, "no name"},
      {" a:{SCRAM-SHA-256}4096," + keys, "blank at its end"},
      {"a\tb:{SCRAM-SHA-256}4096," + keys, "control character"},
      {"a\xc2\x85:{SCRAM-SHA-256}4096," + keys, "control character"},
      {"a\xff:{SCRAM-SHA-256}4096," + keys, "not UTF-8"},
      {std::string(256, 'a') + ":x", "more than 255 bytes"},
      {std::string(513, 'a'), "longer than 512 bytes"},
      {"a:hunter2", "not stored as {SCRAM-SHA-256}; make the line by `greyhound password USER`"},
      {"a:{PLAIN}hunter2", "not stored as"},
      {"a:{SCRAM-SHA-256}", "four fields"},
      {"a:{SCRAM-SHA-256}4096," + keys + ",more", "four fields"},
      {"a:{SCRAM-SHA-256}4095," + keys, "number from 4096 to 600000"},
      {"a:{SCRAM-SHA-256}600001," + keys, "number from 4096 to 600000"},
      {"a:{SCRAM-SHA-256}+4096," + keys, "number from 4096 to 600000"},
      {"a:{SCRAM-SHA-256}99999999999999999999," + keys, "number from 4096 to 600000"},
      {"a:{SCRAM-SHA-256}4096,,a,b", "the salt is not 8 to 64 bytes"},
      {"a:{SCRAM-SHA-256}4096,W22ZaJ0SNY7soEsUEjb6gQ=,a,b", "the salt is not 8 to 64 bytes"},
      {"a:{SCRAM-SHA-256}4096," + keys.substr(0, keys.size() - 4), "a key is not 32 bytes"},
      {"a:{SCRAM-SHA-256}4096," + keys + " ", "a key is not 32 bytes"},
      {pencil_line, "the user has line 1 already; remove one of the two"}};
  for (const auto& [line, why] : wrong) {
    const auto complaint = complaint_of(good + line);

    EXPECT_THAT(complaint, AllOf(StartsWith("line 2: "), HasSubstr(why), HasSubstr("; "))) << line;
    EXPECT_THAT(complaint, Not(HasSubstr("hunter2")));
    EXPECT_THAT(complaint, Not(HasSubstr("W22Z")));
  }
}

TEST(PasswordFile, IsBounded) {
  EXPECT_THAT(complaint_of(std::string(PasswordFile::max_bytes + 1, '\n')), HasSubstr("8MiB"));
  std::string text;
  for (std::size_t i = 0; i < PasswordFile::max_users; ++i)
    text += std::to_string(i) + ":{SCRAM-SHA-256}4096," + keys + "\n";

  EXPECT_EQ(file_of(text).size(), PasswordFile::max_users);
  EXPECT_THAT(complaint_of(text + pencil_line), HasSubstr("more than 20000"));
}

TEST(Decoys, AreTheSameForANameAndOthersForAnother) {
  const auto one = file_of(pencil_line);
  const auto other = file_of("# read again\n" + std::string(pencil_line));

  EXPECT_EQ(one.keys_of("nobody"), other.keys_of("nobody"));
  EXPECT_NE(one.keys_of("nobody").salt, one.keys_of("no one").salt);
  EXPECT_TRUE(one.keys_of("nobody").is_decoy);
}

TEST(Decoys, LookLikeWhatMostUsersHave) {
  const auto file = file_of(line_of("a", "x", 10'000) + "\n" + line_of("b", "x", 10'000) + "\n" +
                            line_of("somebody", "x", 4096));

  const auto decoy = file.keys_of("nobody");

  EXPECT_EQ(decoy.iterations, 10'000U);
  EXPECT_EQ(decoy.salt.size(), std::string("salt of a").size());
  EXPECT_EQ(file_of("").keys_of("nobody").iterations, 4096U);
  EXPECT_EQ(file_of("").keys_of("nobody").salt.size(), 16U);
}

TEST(Decoys, FitNoPasswordEvenIfTheirKeysDo) {
  auto keys_of_pencil = file_of(pencil_line).keys_of("user");
  keys_of_pencil.is_decoy = true;

  EXPECT_FALSE(
      is_right({.user = "user", .keys = keys_of_pencil, .password = mail::Password("pencil")}));
}

class PasswordFileOnDisk : public testing::Test {
 protected:
  std::string load_with(mode_t mode) {
    std::ofstream(path_) << pencil_line << '\n';
    EXPECT_EQ(::chmod(path_.c_str(), mode), 0);
    const auto file = PasswordFile::load(path_);
    return file ? "" : file.error().what;
  }

  world::TempFolder folder_;
  std::filesystem::path path_ = folder_.path() / "passwords";
};

TEST_F(PasswordFileOnDisk, IsReadIfItsOwnerAloneMayWriteAndNoStrangerRead) {
  for (const auto mode : {0400, 0600, 0640, 0440})
    EXPECT_EQ(load_with(mode), "") << mode;
}

TEST_F(PasswordFileOnDisk, IsRefusedIfOthersMayReadOrWriteIt) {
  for (const auto mode : {0644, 0604, 0660, 0602, 0620, 0666}) {
    EXPECT_THAT(load_with(mode), AllOf(StartsWith(path_.string()), HasSubstr("chmod 600"))) << mode;
  }
}

TEST_F(PasswordFileOnDisk, IsNamedWithItsWrongLine) {
  std::ofstream(path_) << "# one\nhunter2\n";
  ASSERT_EQ(::chmod(path_.c_str(), 0600), 0);

  const auto file = PasswordFile::load(path_);

  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().fault, Fault::config);
  EXPECT_THAT(file.error().what, StartsWith(path_.string() + ", line 2: "));
}

TEST_F(PasswordFileOnDisk, IsMissingOrNoFile) {
  const auto missing = PasswordFile::load(path_);
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().what, HasSubstr("does not exist"));

  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  const auto pipe = PasswordFile::load(path_);
  ASSERT_FALSE(pipe);
  EXPECT_THAT(pipe.error().what, HasSubstr("not a regular file"));
}

}  // namespace
}  // namespace greyhound::intake
