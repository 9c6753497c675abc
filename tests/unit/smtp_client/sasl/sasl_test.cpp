// Logins without a network, by the examples of their RFCs.
#include "smtp_client/sasl/sasl.hpp"

#include <ostream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/tls/tls_digest.hpp"
#include "smtp_client/sasl/sasl_scram.hpp"

namespace greyhound::smtp {
namespace {

using mail::Credentials;
using mail::LoginMechanism;
using testing::HasSubstr;
using testing::Not;

Credentials of(const std::string& user, const std::string& password) {
  return {user, mail::Password(password), {}};
}

// RFC 7677 section 3.
constexpr auto nonce = "rOprNGfwEbeRWgbNEkqO";
constexpr auto server_first =
    "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
constexpr auto server_final = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";

TEST(Scram, SpeaksAsInTheExampleOfItsRfc) {
  ScramExchange exchange(of("user", "pencil"), nonce);

  EXPECT_EQ(exchange.initial_response(), "n,,n=user,r=rOprNGfwEbeRWgbNEkqO");
  EXPECT_EQ(exchange.respond(server_first).value(),
            "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
            "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=");
  EXPECT_FALSE(exchange.is_complete());
  EXPECT_EQ(exchange.respond(server_final).value(), "");
  EXPECT_TRUE(exchange.is_complete());
}

TEST(Scram, EscapesWhatWouldEndTheName) {
  ScramExchange exchange(of("a,b=c", "x"), "n");

  EXPECT_EQ(exchange.initial_response(), "n,,n=a=2Cb=3Dc,r=n");
}

TEST(Scram, IgnoresExtensionsBehindTheIterations) {
  ScramExchange exchange(of("user", "pencil"), nonce);

  EXPECT_TRUE(exchange.respond(std::string(server_first) + ",x=new").has_value());
}

struct Wrong {
  const char* name;
  std::string first;
  const char* why;
};

std::ostream& operator<<(std::ostream& out, const Wrong& wrong) {
  return out << wrong.name;
}

class WrongServerFirst : public testing::TestWithParam<Wrong> {};

TEST_P(WrongServerFirst, IsNotAnswered) {
  ScramExchange exchange(of("user", "pencil"), "abc");

  const auto answer = exchange.respond(GetParam().first);

  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().fault, Fault::protocol);
  EXPECT_THAT(answer.error().what, HasSubstr(GetParam().why));
  EXPECT_FALSE(exchange.is_complete());
}

INSTANTIATE_TEST_SUITE_P(
    All,
    WrongServerFirst,
    testing::Values(
        Wrong{"Empty", "", "malformed"},
        Wrong{"OutOfOrder", "s=AAAA,r=abcd,i=4096", "malformed"},
        Wrong{"NoIterations", "r=abcd,s=AAAA", "malformed"},
        Wrong{"DemandsAnExtension", "m=x,r=abcd,s=AAAA,i=4096", "malformed"},
        Wrong{"ForeignNonce", "r=xabc,s=AAAA,i=4096", "nonce"},
        Wrong{"NonceOfOursAlone", "r=abc,s=AAAA,i=4096", "nonce"},
        Wrong{"SaltThatIsNotBase64", "r=abcd,s=AAA,i=4096", "salt"},
        Wrong{"EmptySalt", "r=abcd,s=,i=4096", "salt"},
        Wrong{"TooFewIterations", "r=abcd,s=AAAA,i=4095", "between 4096 and 600000"},
        Wrong{"TooManyIterations", "r=abcd,s=AAAA,i=600001", "between 4096 and 600000"},
        Wrong{"IterationsBeyondAnyNumber", "r=abcd,s=AAAA,i=99999999999999999999", "between"},
        Wrong{"IterationsWithASign", "r=abcd,s=AAAA,i=+4096", "between"}),
    [](const auto& param) { return param.param.name; });

TEST(Scram, IsNotCompleteWithoutTheRightSignature) {
  for (const auto* last : {"v=7rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
                           "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95A==",
                           "v=",
                           "v=!",
                           "",
                           "e=other-error",
                           server_first}) {
    ScramExchange exchange(of("user", "pencil"), nonce);
    ASSERT_TRUE(exchange.respond(server_first));

    EXPECT_FALSE(exchange.respond(last)) << last;
    EXPECT_FALSE(exchange.is_complete()) << last;
  }
}

TEST(Scram, AnswersNothingBehindTheSignature) {
  ScramExchange exchange(of("user", "pencil"), nonce);
  ASSERT_TRUE(exchange.respond(server_first) && exchange.respond(server_final));

  EXPECT_FALSE(exchange.respond(server_final));
}

// RFC 4616 section 4, without an authorisation identity.
TEST(Plain, SaysAllAtOnce) {
  const auto exchange =
      make_sasl_exchange(LoginMechanism::plain, of("tim", "tanstaaftanstaaf"), "");

  using std::string_literals::operator""s;
  EXPECT_EQ(exchange->initial_response(), "\0tim\0tanstaaftanstaaf"s);
  EXPECT_TRUE(exchange->is_complete());
  EXPECT_FALSE(exchange->respond(""));
}

TEST(Login, SaysUserAndPasswordInTurn) {
  const auto exchange = make_sasl_exchange(LoginMechanism::login, of("tim", "secret"), "");

  EXPECT_EQ(exchange->initial_response(), std::nullopt);
  EXPECT_EQ(exchange->respond("Username:").value(), "tim");
  EXPECT_FALSE(exchange->is_complete());
  EXPECT_EQ(exchange->respond("Password:").value(), "secret");
  EXPECT_TRUE(exchange->is_complete());
  EXPECT_FALSE(exchange->respond("And:"));
}

TEST(StrongestMechanism, IsTheFirstThatBothSidesHave) {
  const std::vector all{
      LoginMechanism::scram_sha_256, LoginMechanism::plain, LoginMechanism::login};

  EXPECT_EQ(strongest_mechanism({LoginMechanism::login, LoginMechanism::plain}, all),
            LoginMechanism::plain);
  EXPECT_EQ(strongest_mechanism(all, {LoginMechanism::login}), LoginMechanism::login);
  EXPECT_EQ(strongest_mechanism(all, all), LoginMechanism::scram_sha_256);
  EXPECT_EQ(strongest_mechanism({LoginMechanism::login}, {LoginMechanism::plain}), std::nullopt);
  EXPECT_EQ(strongest_mechanism({}, all), std::nullopt);
}

// RFC 4648 section 10.
TEST(Base64, IsWrittenAndReadAsInTheExamplesOfItsRfc) {
  const std::vector<std::pair<std::string, std::string>> examples{{"", ""},
                                                                  {"f", "Zg=="},
                                                                  {"fo", "Zm8="},
                                                                  {"foo", "Zm9v"},
                                                                  {"foob", "Zm9vYg=="},
                                                                  {"fooba", "Zm9vYmE="},
                                                                  {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : examples) {
    EXPECT_EQ(encode_base64(bytes), text);
    EXPECT_EQ(decode_base64(text), bytes);
  }
}

TEST(Base64, IsReadStrictly) {
  for (const auto* text :
       {"Zg", "Zg=", "Zg===", "=", "====", "Zm9v\n", " Zm9v", "Zm 9", "Zm-_", "Z=g="})
    EXPECT_EQ(decode_base64(text), std::nullopt) << text;
}

TEST(Nonce, IsPrintableWithoutCommaAndNeverTheSame) {
  const auto first = random_nonce();

  EXPECT_EQ(first.size(), 32U);
  EXPECT_THAT(first, Not(HasSubstr(",")));
  EXPECT_NE(random_nonce(), first);
}

}  // namespace
}  // namespace greyhound::smtp
