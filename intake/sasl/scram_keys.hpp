// ScramKeys: what a server keeps of one user's password. They check a password, and prove to a
// client of SCRAM that we know it; nobody can log in with them.
// Source: RFC 5802 section 3 (StoredKey, ServerKey), RFC 7677.
// Runs on: any; making and checking takes as long as the iterations do, 3 ms for 10 000.
// Limits: fewer iterations than least_iterations RFC 7677 section 4 does not allow; max_iterations
// take a fifth of a second, and no client of ours would compute more.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "mail/credentials.hpp"

namespace greyhound::intake {

struct ScramKeys {
  static constexpr std::uint32_t least_iterations = 4096;
  static constexpr std::uint32_t max_iterations = 600'000;
  static constexpr std::size_t least_salt_bytes = 8;
  static constexpr std::size_t max_salt_bytes = 64;
  static constexpr std::size_t key_bytes = 32;

  std::uint32_t iterations = least_iterations;
  std::string salt = {};
  std::string stored_key = {};
  std::string server_key = {};
  bool is_decoy = false;  // of a user who does not exist: nothing is ever right for them

  friend bool operator==(const ScramKeys&, const ScramKeys&) = default;
};

ScramKeys make_scram_keys(const mail::Password& password,
                          std::string salt,
                          std::uint32_t iterations);

// A user and a password that came in the clear. Checking them costs all the iterations, which no
// session's loop has time for: PasswordChecker does it elsewhere.
struct PasswordCheck {
  std::string user;
  ScramKeys keys;
  mail::Password password;
};

bool is_right(const PasswordCheck& check);  // takes the same time for a user who does not exist

}  // namespace greyhound::intake
