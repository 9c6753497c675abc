// Logins of clients without a network, by the examples of their RFCs and by our own client.
#include "intake/sasl/sasl_server.hpp"

#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "intake/sasl/scram_server.hpp"
#include "smtp_client/sasl/sasl.hpp"
#include "unit/intake/sasl/password_builders.hpp"

namespace greyhound::intake {
namespace {

using mail::LoginMechanism;
using std::string_literals::operator""s;
using testing::HasSubstr;
using testing::StartsWith;

// RFC 7677 section 3.
constexpr auto server_nonce = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
constexpr auto client_first = "n,,n=user,r=rOprNGfwEbeRWgbNEkqO";
constexpr auto server_first =
    "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
constexpr auto client_final =
    "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
    "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
constexpr auto server_final = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";

// A step in a line, for expectations.
std::string shown(const SaslStep& step) {
  if (const auto* const challenge = std::get_if<SaslChallenge>(&step))
    return "? " + challenge->text;
  if (const auto* const login = std::get_if<LoggedIn>(&step)) return "in: " + login->user;
  if (const auto* const check = std::get_if<PasswordCheck>(&step)) {
    return std::string(is_right(*check) ? "right: " : "wrong: ") + check->user;
  }
  const auto& refusal = std::get<SaslRefusal>(step);
  EXPECT_NE(refusal.why, "");
  return refusal.kind == SaslRefusal::Kind::malformed ? "malformed" : "denied";
}

class SaslServerTest : public testing::Test {
 protected:
  std::unique_ptr<SaslServer> server(LoginMechanism mechanism) const {
    return make_sasl_server(mechanism, users_, server_nonce);
  }
  std::unique_ptr<SaslServer> scram() const { return server(LoginMechanism::scram_sha_256); }
  std::string first_to_scram(const std::string& text) const {
    return shown(scram()->respond(text));
  }
  std::string final_to_scram(const std::string& text) const {
    const auto exchange = scram();
    EXPECT_EQ(shown(exchange->respond(client_first)), "? "s + server_first);
    return shown(exchange->respond(text));
  }
  std::string plain(const std::string& text) const {
    return shown(server(LoginMechanism::plain)->respond(text));
  }

  PasswordFile users_ = file_of(std::string(pencil_line) + "\n" + line_of("a,b=c", "comma") + "\n" +
                                line_of("jürgen", "größe"));
};

TEST_F(SaslServerTest, ScramSpeaksAsInTheExampleOfItsRfc) {
  const auto exchange = scram();

  EXPECT_EQ(exchange->first_challenge(), "");
  EXPECT_EQ(shown(exchange->respond(client_first)), "? "s + server_first);
  EXPECT_EQ(shown(exchange->respond(client_final)), "? "s + server_final);
  EXPECT_EQ(shown(exchange->respond("")), "in: user");
}

TEST_F(SaslServerTest, ScramLooksAtNothingBehindItsEnd) {
  const auto exchange = scram();
  ASSERT_EQ(shown(exchange->respond(client_first)), "? "s + server_first);
  ASSERT_EQ(shown(exchange->respond(client_final)), "? "s + server_final);
  ASSERT_EQ(shown(exchange->respond("")), "in: user");

  EXPECT_EQ(shown(exchange->respond("")), "malformed");
}

TEST_F(SaslServerTest, ScramTakesNothingForAnAnswerToItsProof) {
  const auto exchange = scram();
  ASSERT_EQ(shown(exchange->respond(client_first)), "? "s + server_first);
  ASSERT_EQ(shown(exchange->respond(client_final)), "? "s + server_final);

  EXPECT_EQ(shown(exchange->respond("thanks")), "malformed");
  EXPECT_EQ(shown(exchange->respond("")), "malformed");
}

TEST_F(SaslServerTest, ScramIsOverWithTheFirstRefusal) {
  const auto exchange = scram();
  ASSERT_EQ(shown(exchange->respond("nonsense")), "malformed");

  EXPECT_EQ(shown(exchange->respond(client_first)), "malformed");
}

TEST_F(SaslServerTest, ScramRefusesFirstMessagesThatAreNot) {
  for (const auto& text : std::vector<std::string>{"",
                                                   ",",
                                                   ",,",
                                                   "n,",
                                                   "n,,",
                                                   "n=user,r=abc",
                                                   "x,,n=user,r=abc",
                                                   "p=tls-unique,,n=user,r=abc",
                                                   "p=tls-exporter,,n=user,r=abc",
                                                   "n,a,n=user,r=abc",
                                                   "n,a=,n=user,r=abc",
                                                   "n,a=x=y,n=user,r=abc",
                                                   "n,,m=x,n=user,r=abc",
                                                   "n,,r=abc,n=user",
                                                   "n,,n=user",
                                                   "n,,n=,r=abc",
                                                   "n,,n=a=2,r=abc",
                                                   "n,,n=a=2E,r=abc",
                                                   "n,,n=us\0er,r=abc"s,
                                                   "n,,n=us\xff,r=abc",
                                                   "n,,n=user,r=",
                                                   "n,,n=user,r=a c",
                                                   "n,,n=user,r=ä",
                                                   "n,,n=user,r=" + std::string(513, 'a'),
                                                   "n,,n=" + std::string(256, 'a') + ",r=abc",
                                                   "n,,n=user,r=abc,x=" + std::string(4096, 'a')}) {
    EXPECT_EQ(first_to_scram(text), "malformed") << text;
  }
}

TEST_F(SaslServerTest, ScramTakesWhatClientsMaySayFirst) {
  for (const auto& text : std::vector<std::string>{"y,,n=user,r=abc",
                                                   "n,a=user,n=user,r=abc",
                                                   "n,,n=user,r=abc,x=unknown",
                                                   "n,,n=user,r=" + std::string(512, 'a'),
                                                   "n,,n=" + std::string(255, 'a') + ",r=abc"}) {
    EXPECT_THAT(first_to_scram(text), StartsWith("? r=a")) << text;
  }
}

TEST_F(SaslServerTest, NobodyActsForAnother) {
  EXPECT_EQ(first_to_scram("n,a=root,n=user,r=abc"), "denied");
  EXPECT_EQ(plain("root\0user\0pencil"s), "denied");
}

TEST_F(SaslServerTest, ScramRefusesFinalMessagesThatAreNot) {
  for (const auto& text :
       std::vector<std::string>{"",
                                "c=biws",
                                "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
                                "c=biws,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
                                "r=x,c=biws,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
                                "c=!,r=x,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
                                "c=biws,r=x,p=",
                                "c=biws,r=x,p=AAAA",
                                client_final + ",x=1"s}) {
    EXPECT_EQ(final_to_scram(text), "malformed") << text;
  }
}

TEST_F(SaslServerTest, ScramDeniesWhatDoesNotProveThePassword) {
  constexpr auto nonce = "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
  constexpr auto proof = ",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
  for (const auto& text : std::vector<std::string>{
           "c=biws,r="s + nonce + ",p=eHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
           "c=biws,r="s + nonce + ",p=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
           "c=biws,r="s + nonce + ",x=1" + proof,
           "c=biws,r="s + nonce + "0" + proof,
           "c=biws,r=rOprNGfwEbeRWgbNEkqO"s + proof,
           "c=biws,r="s + proof,
           "c=eSws,r="s + nonce + proof,
           "c=,r="s + nonce + proof}) {
    EXPECT_EQ(final_to_scram(text), "denied") << text;
  }
}

TEST_F(SaslServerTest, ScramTellsStrangersNothingUntilTheyHaveToProveThemselves) {
  const auto exchange = scram();

  EXPECT_THAT(shown(exchange->respond("n,,n=nobody,r=abc")),
              AllOf(StartsWith("? r=abc"s + server_nonce + ",s="), HasSubstr(",i=4096")));
  EXPECT_EQ(shown(exchange->respond("c=biws,r=abc"s + server_nonce +
                                    ",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=")),
            "denied");
  EXPECT_EQ(first_to_scram("n,,n=nobody,r=abc"), first_to_scram("n,,n=nobody,r=abc"));
}

// RFC 4616 section 4, with a user of ours.
TEST_F(SaslServerTest, PlainHandsOutOneCheck) {
  EXPECT_EQ(server(LoginMechanism::plain)->first_challenge(), "");
  EXPECT_EQ(plain("\0user\0pencil"s), "right: user");
  EXPECT_EQ(plain("user\0user\0pencil"s), "right: user");
  EXPECT_EQ(plain("\0jürgen\0größe"s), "right: jürgen");
  EXPECT_EQ(plain("\0user\0pencils"s), "wrong: user");
  EXPECT_EQ(plain("\0User\0pencil"s), "wrong: User");
  EXPECT_EQ(plain("\0nobody\0pencil"s), "wrong: nobody");
}

TEST_F(SaslServerTest, PlainRefusesWhatIsNotThreeFields) {
  for (const auto& text : std::vector<std::string>{"",
                                                   "user",
                                                   "\0"s,
                                                   "\0user"s,
                                                   "\0\0"s,
                                                   "\0user\0"s,
                                                   "\0\0pencil"s,
                                                   "\0user\0pencil\0"s,
                                                   "\0user\0pen\0cil"s,
                                                   "\0us\xff\0pencil"s,
                                                   "\0user\0pencil\xff"s,
                                                   "\0"s + std::string(256, 'a') + "\0pencil"s,
                                                   "\0user\0"s + std::string(1025, 'a'),
                                                   std::string(4097, '\0')}) {
    EXPECT_EQ(plain(text), "malformed") << text;
  }
}

TEST_F(SaslServerTest, LoginAsksForUserAndPassword) {
  const auto exchange = server(LoginMechanism::login);

  EXPECT_EQ(exchange->first_challenge(), "Username:");
  EXPECT_EQ(shown(exchange->respond("user")), "? Password:");
  EXPECT_EQ(shown(exchange->respond("pencil")), "right: user");
  EXPECT_EQ(shown(exchange->respond("pencil")), "malformed");
}

TEST_F(SaslServerTest, LoginRefusesWhatCannotBeUserOrPassword) {
  for (const auto& user : {""s, "us\0er"s, "\xff"s, std::string(256, 'a')})
    EXPECT_EQ(shown(server(LoginMechanism::login)->respond(user)), "malformed");
  for (const auto& password : {""s, "pen\0cil"s, "\xff"s, std::string(1025, 'a')}) {
    const auto exchange = server(LoginMechanism::login);
    ASSERT_EQ(shown(exchange->respond("user")), "? Password:");
    EXPECT_EQ(shown(exchange->respond(password)), "malformed");
  }
}

struct Pair {
  std::string user;
  std::string password;
};

// Our client against our server, without what lies between them.
std::string log_in(LoginMechanism mechanism, const Pair& as, const PasswordFile& users) {
  const mail::Credentials credentials{as.user, mail::Password(as.password), {}};
  const auto client = smtp::make_sasl_exchange(mechanism, credentials, random_nonce());
  const auto server = make_sasl_server(mechanism, users, random_nonce());
  const auto initial = client->initial_response();
  SaslStep step = initial ? server->respond(*initial) : SaslChallenge{server->first_challenge()};
  while (const auto* const challenge = std::get_if<SaslChallenge>(&step)) {
    const auto answer = client->respond(challenge->text);
    if (!answer) return answer.error().what;
    step = server->respond(*answer);
  }
  EXPECT_TRUE(client->is_complete() || std::holds_alternative<SaslRefusal>(step));
  return shown(step);
}

TEST_F(SaslServerTest, LetsOurOwnClientInByEveryMechanism) {
  for (const auto& [user, password] :
       {Pair{"user", "pencil"}, Pair{"a,b=c", "comma"}, Pair{"jürgen", "größe"}}) {
    EXPECT_EQ(log_in(LoginMechanism::scram_sha_256, {user, password}, users_), "in: " + user);
    EXPECT_EQ(log_in(LoginMechanism::plain, {user, password}, users_), "right: " + user);
    EXPECT_EQ(log_in(LoginMechanism::login, {user, password}, users_), "right: " + user);
  }
}

TEST_F(SaslServerTest, LetsOurOwnClientInWithTheRightPasswordOnly) {
  for (const auto& [user, password] :
       {Pair{"user", "Pencil"}, Pair{"nobody", "pencil"}, Pair{"a", "comma"}}) {
    EXPECT_EQ(log_in(LoginMechanism::scram_sha_256, {user, password}, users_), "denied");
    EXPECT_EQ(log_in(LoginMechanism::plain, {user, password}, users_), "wrong: " + user);
    EXPECT_EQ(log_in(LoginMechanism::login, {user, password}, users_), "wrong: " + user);
  }
}

}  // namespace
}  // namespace greyhound::intake
