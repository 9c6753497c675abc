// Sendmail and the process that calls it: what it may read, and what it pipes in.
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit/cli/command_world.hpp"

namespace greyhound::cli {
namespace {

namespace fs = std::filesystem;

// Somebody who is not root, where the test runs as root.
class OrdinaryUser {
 public:
  OrdinaryUser() { EXPECT_TRUE(::geteuid() != 0 || ::seteuid(nobody) == 0); }
  OrdinaryUser(const OrdinaryUser&) = delete;
  OrdinaryUser& operator=(const OrdinaryUser&) = delete;
  ~OrdinaryUser() { EXPECT_TRUE(::getuid() != 0 || ::seteuid(0) == 0); }

 private:
  static constexpr uid_t nobody = 65534;
};

class SendmailCallerTest : public CommandTest {
 protected:
  SendmailCallerTest() {
    fs::create_directories(drop_folder());
    EXPECT_EQ(::chmod(folder_.c_str(), 0755), 0);
    EXPECT_EQ(::chmod(drop_folder().c_str(), 01733), 0);
  }
  fs::path drop_folder() const { return folder_ / "state" / "drop"; }
  std::ptrdiff_t count_dropped() const {
    return std::distance(fs::directory_iterator(drop_folder()), fs::directory_iterator());
  }

  // Settings with a file in every place where one can be named.
  void name_everywhere(const fs::path& file) {
    const auto name = "\"" + file.string() + "\"";
    std::ofstream(folder_ / "greyhound.json")
        << R"({"hostname": "here.example", "state_dir": ")" << (folder_ / "state").string()
        << R"(", "dns": {"trust_anchor": )" << name << R"(}, "smtp": {"tls": {"ca_file": )" << name
        << R"(}}, "routes": [{"tls": "verify", "next_hops": [{"host": "relay.example"}],)"
        << R"("auth": {"user": "me", "password_file": )" << name << R"(}}], "intake": {)"
        << R"("listeners": [{"address": "127.0.0.1", "port": 2525}], "tls": {"certificate": )"
        << name << R"(, "key": )" << name << R"(}, "auth": {"password_file": )" << name << "}}}";
  }
};

TEST_F(SendmailCallerTest, NeedNotBeAllowedToReadTheAgentsKeysAndPasswords) {
  const auto locked = folder_ / "locked";
  std::ofstream(locked) << "secret";
  ASSERT_EQ(::chmod(locked.c_str(), 0), 0);
  name_everywhere(locked);

  const auto ended = [this] {
    const OrdinaryUser user;
    return call("sendmail", {"bob@d.example"}, "hi\n");
  }();

  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_EQ(count_dropped(), 1);
}

}  // namespace
}  // namespace greyhound::cli
