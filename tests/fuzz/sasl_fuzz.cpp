// What a client says to log in, and what may stand in a password file. The first byte chooses: '0'
// SCRAM, '1' PLAIN, '2' LOGIN, '3' the text of a file; 0xff ends a response of the client.
// The only user has keys that no password is known for, so nothing may log in.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "intake/sasl/sasl_server.hpp"
#include "mail/utf8.hpp"
#include "runtime/must.hpp"

namespace greyhound::intake {
namespace {

constexpr auto only_user =
    "user:{SCRAM-SHA-256}4096,W22ZaJ0SNY7soEsUEjb6gQ==,"
    "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=,AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

void check_keys(const ScramKeys& keys) {
  MUST(keys.iterations >= ScramKeys::least_iterations);
  MUST(keys.iterations <= ScramKeys::max_iterations);
  MUST(keys.salt.size() >= ScramKeys::least_salt_bytes);
  MUST(keys.salt.size() <= ScramKeys::max_salt_bytes);
  MUST(keys.stored_key.size() == ScramKeys::key_bytes);
  MUST(keys.server_key.size() == ScramKeys::key_bytes);
}

void check_file(std::string_view text) {
  const auto file = PasswordFile::parse(text);
  if (!file) {
    MUST(file.error().fault == Fault::config && is_printable(file.error().what));
    return;
  }
  check_keys(file->keys_of("user"));
  check_keys(file->keys_of("nobody"));
  if (file->keys_of("user").is_decoy) return;
  const auto again = PasswordFile::parse(password_line("user", file->keys_of("user")));
  MUST(again.has_value() && again->keys_of("user") == file->keys_of("user"));
}

void check_end(const SaslStep& step) {
  if (const auto* const check = std::get_if<PasswordCheck>(&step)) {
    MUST(!check->user.empty() && check->user.size() <= PasswordFile::max_user_bytes);
    MUST(mail::is_utf8(check->user) && mail::is_utf8(check->password.reveal()));
    MUST(check->password.reveal().size() <= SaslServer::max_password_bytes);
    check_keys(check->keys);
    MUST(!is_right(*check));
    return;
  }
  const auto* const refusal = std::get_if<SaslRefusal>(&step);
  MUST(refusal != nullptr && !refusal->why.empty() && is_printable(refusal->why));
}

void check_exchange(mail::LoginMechanism mechanism, std::string_view said) {
  static const auto users = PasswordFile::parse(only_user);
  MUST(users.has_value());
  const auto server = make_sasl_server(mechanism, *users, "ours");
  MUST(is_printable(server->first_challenge()));
  bool is_ended = false;
  while (!said.empty()) {
    const auto end = std::min(said.find('\xff'), said.size());
    const auto step = server->respond(said.substr(0, end));
    said.remove_prefix(std::min(end + 1, said.size()));
    const auto* const challenge = std::get_if<SaslChallenge>(&step);
    if (challenge != nullptr) {
      MUST(!is_ended && is_printable(challenge->text));
      continue;
    }
    check_end(step);
    MUST(!is_ended || std::holds_alternative<SaslRefusal>(step));
    is_ended = true;
  }
}

void check(std::string_view input) {
  if (input.empty()) return;
  const auto rest = input.substr(1);
  switch (input.front()) {
    case '0':
      return check_exchange(mail::LoginMechanism::scram_sha_256, rest);
    case '1':
      return check_exchange(mail::LoginMechanism::plain, rest);
    case '2':
      return check_exchange(mail::LoginMechanism::login, rest);
    default:
      return check_file(rest);
  }
}

}  // namespace
}  // namespace greyhound::intake

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  greyhound::intake::check({reinterpret_cast<const char*>(data), size});
  return 0;
}
