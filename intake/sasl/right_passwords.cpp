#include "intake/sasl/right_passwords.hpp"

#include "runtime/tls/tls_digest.hpp"

namespace greyhound::intake {

RightPasswords::RightPasswords(std::size_t most) : most_(most), key_(random_secret(32)) {}

void RightPasswords::keep(const PasswordCheck& check) {
  const auto digest = digest_of(check);
  const std::lock_guard lock(mutex_);
  if (!digests_.insert(digest).second) return;
  by_age_.push_back(digest);
  if (by_age_.size() <= most_) return;
  digests_.erase(by_age_.front());
  by_age_.pop_front();
}

bool RightPasswords::has(const PasswordCheck& check) const {
  const auto digest = digest_of(check);
  const std::lock_guard lock(mutex_);
  return digests_.contains(digest);
}

// The parts are told apart: a user's name has no NUL, the stored key always the same length.
std::string RightPasswords::digest_of(const PasswordCheck& check) const {
  return hmac_sha256(key_, check.user + '\0' + check.keys.stored_key + check.password.reveal());
}

}  // namespace greyhound::intake
