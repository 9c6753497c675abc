// What a session says of STARTTLS and AUTH before anything is encrypted; e2e/clients has the rest.
#include <fstream>

#include <gmock/gmock.h>

#include "intake/sasl/password_file.hpp"
#include "intake/tls/tls_server.hpp"
#include "peers/certificate.hpp"
#include "session_world.hpp"
#include "world/temp_folder.hpp"

namespace greyhound::intake {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

struct TestIdentity {
  TestIdentity() {
    const auto certificate = peers::Authority().issue("host.example");
    std::ofstream(identity.certificate) << certificate.chain;
    std::ofstream(identity.key) << certificate.key;
  }
  world::TempFolder folder;
  TlsIdentity identity{.certificate = folder.path() / "chain.pem",
                       .key = folder.path() / "key.pem"};
};

TEST(TlsServer, LoadsAChainAndItsKey) {
  const TestIdentity test;

  EXPECT_TRUE(TlsServer::load(test.identity).has_value());
}

TEST(TlsServer, NamesTheFileThatIsOfNoUse) {
  const TestIdentity test;
  const TestIdentity other;
  auto no_certificate = test.identity;
  no_certificate.certificate = "/nowhere/chain.pem";
  auto no_key = test.identity;
  no_key.key = test.identity.certificate;
  auto other_key = test.identity;
  other_key.key = other.identity.key;

  EXPECT_THAT(TlsServer::load(no_certificate).error().what,
              StartsWith("intake.tls.certificate: /nowhere/chain.pem: "));
  EXPECT_THAT(TlsServer::load(no_key).error().what, StartsWith("intake.tls.key: "));
  EXPECT_THAT(TlsServer::load(other_key).error().what, HasSubstr("key values mismatch"));
}

class SessionTls : public SessionTest {
 protected:
  SessionTls() {
    settings_.password_file = "passwords";
    tls_server_ = *TlsServer::load(test_.identity);
    tls_ = tls_server_.get();
    passwords_ = &users_;
    listener_tls_ = ListenerTls::starttls;
  }

  TestIdentity test_;
  std::unique_ptr<TlsServer> tls_server_;
  PasswordFile users_;
};

TEST_F(SessionTls, OffersStarttlsAndNoLoginInTheClear) {
  connect();

  const auto answer = send("EHLO client.example\r\n");

  EXPECT_THAT(answer, HasSubstr("250-STARTTLS\r\n"));
  EXPECT_THAT(answer, Not(HasSubstr("AUTH")));
  EXPECT_THAT(answer, Not(HasSubstr("REQUIRETLS")));
  EXPECT_EQ(send("AUTH PLAIN AGFubgB4\r\n"), "538 5.7.11 say STARTTLS first\r\n");
}

TEST_F(SessionTls, TellsStrangersWhatWouldHelp) {
  connect("192.0.2.9");
  send("EHLO client.example\r\n");

  EXPECT_EQ(send("MAIL FROM:<a@b.example>\r\n"), "530 5.7.0 say STARTTLS and log in first\r\n");
}

TEST_F(SessionTls, TakesNoCommandThatCameBehindStarttls_Line170) {
  connect();
  send("EHLO client.example\r\n");

  const auto answer = send("STARTTLS\r\nMAIL FROM:<evil@b.example>\r\nRCPT TO:<c@d.example>\r\n");

  EXPECT_EQ(answer,
            "554 5.5.0 commands sent before the handshake\r\n421 4.7.0 closing the connection\r\n");
  EXPECT_TRUE(is_closed());
}

TEST_F(SessionTls, EndsWhereTheHandshakeIsNone) {
  connect();
  send("EHLO client.example\r\n");
  EXPECT_EQ(send("STARTTLS\r\n"), "220 2.0.0 ready to start TLS\r\n");

  send("MAIL FROM:<evil@b.example>\r\n");

  EXPECT_TRUE(is_closed());
  EXPECT_TRUE(log_.has("tls_failed"));
}

TEST_F(SessionTls, EndsWhereTheHandshakeTakesTooLong) {
  connect();
  send("EHLO client.example\r\nSTARTTLS\r\n");

  pass(std::chrono::seconds(180));

  EXPECT_TRUE(is_closed());
}

TEST_F(SessionTls, OffersNothingOfItOnAUnixSocket) {
  listener_tls_ = ListenerTls::none;
  connect_as_user(33);

  const auto answer = send("EHLO localhost\r\n");

  EXPECT_THAT(answer, Not(HasSubstr("STARTTLS")));
  EXPECT_EQ(send("STARTTLS\r\n"), "502 5.5.1 command not implemented\r\n");
}

}  // namespace
}  // namespace greyhound::intake
