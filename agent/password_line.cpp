#include "agent/password_line.hpp"

#include <algorithm>

#include "intake/sasl/password_file.hpp"
#include "intake/sasl/sasl_server.hpp"
#include "mail/utf8.hpp"
#include "runtime/tls/tls_digest.hpp"

namespace greyhound::agent {

using intake::SaslServer;
using intake::ScramKeys;

namespace {
constexpr std::size_t salt_bytes = 16;
}

const std::uint32_t least_password_iterations = ScramKeys::least_iterations;
const std::uint32_t max_password_iterations = ScramKeys::max_iterations;

std::string complaint_about_user(std::string_view name) {
  const auto complaint = intake::complaint_about_user(name);
  return complaint.empty() ? complaint : "the user " + complaint;
}

// Control characters are a slip of the hand, and clients drop or refuse them.
std::string complaint_about_password(std::string_view password) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; };
  if (password.empty()) return "the password is empty; give one line with it";
  if (password.size() > SaslServer::max_password_bytes) {
    return "the password is longer than " + std::to_string(SaslServer::max_password_bytes) +
           " bytes; choose a shorter one";
  }
  if (std::any_of(password.begin(), password.end(), is_control)) {
    return "the password has control characters or more than one line; choose another";
  }
  if (!mail::is_utf8(password)) return "the password is not UTF-8; give it in UTF-8";
  return "";
}

std::string password_line(const NewUser& user) {
  const auto keys =
      intake::make_scram_keys(user.password, random_secret(salt_bytes), user.iterations);
  return intake::password_line(user.name, keys);
}

}  // namespace greyhound::agent
