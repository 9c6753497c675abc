// What the real servers of these tests have in common: each in private folders on loopback, with a
// certificate of its own.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "runtime/ip.hpp"

namespace greyhound::e2e {

// Free a moment ago; whoever opens it next has it. None of them can be asked which port it got.
Endpoint free_endpoint();

bool answers(const Endpoint& endpoint);

bool give_to(const std::filesystem::path& path, const char* user);

struct CertificateFiles {
  std::filesystem::path chain;
  std::filesystem::path key;
  std::filesystem::path authority;  // who signed it
};
CertificateFiles write_certificate(const std::filesystem::path& folder, const Endpoint& shown_at);

// The messages in the `new` of a maildir.
std::vector<std::string> read_maildir(const std::filesystem::path& maildir);

}  // namespace greyhound::e2e
