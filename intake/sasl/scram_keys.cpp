#include "intake/sasl/scram_keys.hpp"

#include <utility>

#include "runtime/tls/tls_digest.hpp"

namespace greyhound::intake {

ScramKeys make_scram_keys(const mail::Password& password,
                          std::string salt,
                          std::uint32_t iterations) {
  const auto salted = pbkdf2_sha256(password.reveal(), salt, iterations);
  return {.iterations = iterations,
          .salt = std::move(salt),
          .stored_key = sha256(hmac_sha256(salted, "Client Key")),
          .server_key = hmac_sha256(salted, "Server Key"),
          .is_decoy = false};
}

bool is_right(const PasswordCheck& check) {
  const auto& keys = check.keys;
  const auto given = make_scram_keys(check.password, keys.salt, keys.iterations);
  const bool fits = is_same_secret(given.stored_key, keys.stored_key);
  return fits && !keys.is_decoy;
}

}  // namespace greyhound::intake
