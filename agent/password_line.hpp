// The line of a password file that lets a user log in at intake (intake/sasl/password_file.hpp).
// Runs on: no loop: it takes as long as the iterations do.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "mail/credentials.hpp"

namespace greyhound::agent {

extern const std::uint32_t least_password_iterations;
extern const std::uint32_t max_password_iterations;

// What speaks against it; empty: nothing.
std::string complaint_about_user(std::string_view name);
std::string complaint_about_password(std::string_view password);

struct NewUser {
  std::string name;
  mail::Password password;
  std::uint32_t iterations;
};
std::string password_line(const NewUser& user);  // without its end; each has a salt of its own

}  // namespace greyhound::agent
