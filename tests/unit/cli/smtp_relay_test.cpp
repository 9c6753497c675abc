#include "cli/smtp_relay.hpp"

#include <array>
#include <cstring>
#include <thread>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "runtime/file_descriptor.hpp"
#include "world/temp_folder.hpp"

namespace greyhound::cli {
namespace {

std::string read_all(int from) {
  std::string all;
  std::array<char, 4096> buffer{};
  ssize_t count = 0;
  while ((count = ::read(from, buffer.data(), buffer.size())) > 0)
    all.append(buffer.data(), static_cast<std::size_t>(count));
  return all;
}

void write_all(int to, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto count = ::send(to, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

struct Ends {
  FileDescriptor ours;
  FileDescriptor theirs;
};

Ends a_pair() {
  std::array<int, 2> ends{};
  EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0);
  return {FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

class SmtpRelayTest : public testing::Test {
 protected:
  SmtpRelayTest() : listener_(::socket(AF_UNIX, SOCK_STREAM, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path_.c_str(), sizeof(address.sun_path) - 1);
    const auto* const generic = reinterpret_cast<const sockaddr*>(&address);
    EXPECT_EQ(::bind(listener_.number(), generic, sizeof address), 0);
    EXPECT_EQ(::listen(listener_.number(), 1), 0);
  }

  // Relays between `in_`, `out_` and a connection that the test accepts.
  void start() {
    relaying_ = std::thread([this] {
      auto socket = LocalSocket::connect(path_, std::chrono::seconds(10));
      ASSERT_TRUE(socket);
      const Pipes pipes{.in = in_.theirs.number(), .out = out_.theirs.number()};
      is_well_ = relay(*std::move(socket), pipes).has_value();
      out_.theirs = FileDescriptor();
    });
    agent_ = FileDescriptor(::accept(listener_.number(), nullptr, nullptr));
  }

  world::TempFolder folder_;
  std::filesystem::path path_ = folder_.path() / "smtp.sock";
  FileDescriptor listener_;
  FileDescriptor agent_;
  Ends in_ = a_pair();
  Ends out_ = a_pair();
  std::thread relaying_;
  bool is_well_ = false;
};

TEST_F(SmtpRelayTest, PassesOnTheEndOfItsInputAndWaitsForTheLastReply) {
  start();
  write_all(in_.ours.number(), "QUIT\r\n");
  in_.ours = FileDescriptor();

  EXPECT_EQ(read_all(agent_.number()), "QUIT\r\n");
  write_all(agent_.number(), "221 bye\r\n");
  agent_ = FileDescriptor();
  EXPECT_EQ(read_all(out_.ours.number()), "221 bye\r\n");

  relaying_.join();
  EXPECT_TRUE(is_well_);
}

TEST_F(SmtpRelayTest, EndsWithTheAgentWhileItsInputIsOpen) {
  start();
  write_all(agent_.number(), "421 closing\r\n");
  agent_ = FileDescriptor();

  EXPECT_EQ(read_all(out_.ours.number()), "421 closing\r\n");

  relaying_.join();
  EXPECT_TRUE(is_well_);
}

TEST_F(SmtpRelayTest, DoesNotStickWhereBothSidesTalkAtOnce) {
  const std::string much(4 << 20, 'x');
  start();
  std::thread caller([this, &much] {
    write_all(in_.ours.number(), much);
    in_.ours = FileDescriptor();
  });
  std::thread reader(
      [this, &much] { EXPECT_EQ(read_all(out_.ours.number()).size(), much.size()); });
  write_all(agent_.number(), much);

  EXPECT_EQ(read_all(agent_.number()).size(), much.size());
  agent_ = FileDescriptor();

  caller.join();
  reader.join();
  relaying_.join();
  EXPECT_TRUE(is_well_);
}

}  // namespace
}  // namespace greyhound::cli
