// Password files for tests: "user" with the password "pencil", as in the example of RFC 7677.
#pragma once

#include <string>

#include <gtest/gtest.h>

#include "intake/sasl/password_file.hpp"
#include "runtime/tls/tls_digest.hpp"

namespace greyhound::intake {

// Salt and iterations of RFC 7677 section 3; the keys are what the password comes to.
constexpr auto pencil_line =
    "user:{SCRAM-SHA-256}4096,W22ZaJ0SNY7soEsUEjb6gQ==,"
    "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=,wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=";

inline PasswordFile file_of(const std::string& text) {
  auto file = PasswordFile::parse(text);
  EXPECT_TRUE(file.has_value()) << file.error().what;
  return std::move(*file);
}

inline std::string line_of(const std::string& user,
                           const std::string& password,
                           std::uint32_t iterations = 4096) {
  const auto keys = make_scram_keys(mail::Password(password), "salt of " + user, iterations);
  return password_line(user, keys);
}

}  // namespace greyhound::intake
