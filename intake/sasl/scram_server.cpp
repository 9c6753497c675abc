#include "intake/sasl/scram_server.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "runtime/tls/tls_digest.hpp"

namespace greyhound::intake {
namespace {

SaslRefusal malformed(std::string_view why) {
  return {.kind = SaslRefusal::Kind::malformed, .why = why};
}

SaslRefusal denied(std::string_view why) {
  return {.kind = SaslRefusal::Kind::denied, .why = why};
}

// What stands before the next comma; `rest` begins behind it then. None: there is no comma.
std::optional<std::string_view> take_field(std::string_view& rest) {
  const auto end = rest.find(',');
  if (end == rest.npos) return std::nullopt;
  const auto field = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  return field;
}

// The value of the attribute that has to come next; `rest` begins behind its comma then. None: it
// is another one.
std::optional<std::string_view> take_attribute(char name, std::string_view& rest) {
  if (rest.size() < 2 || rest[0] != name || rest[1] != '=') return std::nullopt;
  const auto end = rest.find(',');
  const auto value = rest.substr(2, end == rest.npos ? end : end - 2);
  rest.remove_prefix(end == rest.npos ? rest.size() : end + 1);
  return value;
}

// Comma and equals sign come as =2C and =3D, and an equals sign in no other way.
std::optional<std::string> unescaped(std::string_view name) {
  std::string user;
  while (!name.empty()) {
    const auto letters = name.substr(0, 3);
    const bool is_escape = name.front() == '=';
    if (!is_escape) {
      user += name.front();
    } else if (letters == "=2C" || letters == "=2c") {
      user += ',';
    } else if (letters == "=3D" || letters == "=3d") {
      user += '=';
    } else {
      return std::nullopt;
    }
    name.remove_prefix(is_escape ? 3 : 1);
  }
  return may_be_user(user) ? std::optional(std::move(user)) : std::nullopt;
}

bool is_nonce(std::string_view text) {
  const auto is_letter = [](char c) { return c > ' ' && c <= '~' && c != ','; };
  return !text.empty() && text.size() <= ScramServer::max_nonce_bytes &&
         std::all_of(text.begin(), text.end(), is_letter);
}

struct ClientFirst {
  std::string_view header;  // with the comma behind it
  std::string_view bare;
  std::optional<std::string> authorisation;
  std::string user;
  std::string_view nonce;
};

// Unknown attributes behind the nonce may be passed over; "m" in front of all is an extension that
// must not.
std::variant<ClientFirst, SaslRefusal> parse_first(std::string_view text) {
  ClientFirst first{};
  auto rest = text;
  const auto binding = take_field(rest);
  if (binding && binding->starts_with("p=")) {
    return malformed("SCRAM: wants channel binding, which is not offered");
  }
  const auto authorisation = binding ? take_field(rest) : std::nullopt;
  if (!authorisation || (binding != "n" && binding != "y")) {
    return malformed("SCRAM: its header is malformed");
  }
  first.header = text.substr(0, text.size() - rest.size());
  first.bare = rest;
  if (auto name = *authorisation; !name.empty()) {
    const auto value = take_attribute('a', name);
    first.authorisation = value ? unescaped(*value) : std::nullopt;
    if (!first.authorisation) return malformed("SCRAM: its header is malformed");
  }
  if (rest.starts_with("m=")) return malformed("SCRAM: demands an extension");
  const auto name = take_attribute('n', rest);
  auto user = name ? unescaped(*name) : std::nullopt;
  if (!user) return malformed("SCRAM: no name of a user");
  const auto nonce = take_attribute('r', rest);
  if (!nonce || !is_nonce(*nonce)) return malformed("SCRAM: no nonce");
  first.user = std::move(*user);
  first.nonce = *nonce;
  return first;
}

std::string exclusive_or(std::string a, std::string_view b) {
  for (std::size_t i = 0; i < a.size(); ++i)
    a[i] = static_cast<char>(a[i] ^ b[i]);
  return a;
}

}  // namespace

ScramServer::ScramServer(const PasswordFile& users, std::string nonce)
    : users_(users), nonce_(std::move(nonce)) {}

SaslStep ScramServer::take(std::string_view response) {
  switch (state_) {
    case State::begun:
      return take_first(response);
    case State::challenged:
      return take_final(response);
    case State::proved:
      break;
  }
  if (!response.empty()) return malformed("SCRAM: answers our proof");
  return LoggedIn{.user = user_};
}

SaslStep ScramServer::take_first(std::string_view client_first) {
  auto parsed = parse_first(client_first);
  if (auto* const refusal = std::get_if<SaslRefusal>(&parsed)) return *refusal;
  auto& first = std::get<ClientFirst>(parsed);
  if (first.authorisation && *first.authorisation != first.user) {
    return denied("wants to act for another than the user that logs in");
  }
  user_ = std::move(first.user);
  keys_ = users_.keys_of(user_);
  header_ = first.header;
  nonce_.insert(0, first.nonce);
  auto server_first =
      "r=" + nonce_ + ",s=" + encode_base64(keys_.salt) + ",i=" + std::to_string(keys_.iterations);
  said_ = std::string(first.bare) + "," + server_first;
  state_ = State::challenged;
  return SaslChallenge{.text = std::move(server_first)};
}

// The proof comes last and is no part of what it proves.
SaslStep ScramServer::take_final(std::string_view client_final) {
  const auto end = client_final.rfind(",p=");
  if (end == client_final.npos) return malformed("SCRAM: no proof");
  const auto without_proof = client_final.substr(0, end);
  const auto proof = decode_base64(client_final.substr(end + 3));
  auto rest = without_proof;
  const auto binding_text = take_attribute('c', rest);
  const auto nonce = binding_text ? take_attribute('r', rest) : std::nullopt;
  const auto binding = nonce ? decode_base64(*binding_text) : std::nullopt;
  if (!binding || !proof || proof->size() != ScramKeys::key_bytes) {
    return malformed("SCRAM: its last message is malformed");
  }
  if (*binding != header_) return denied("SCRAM: says otherwise about channel binding than before");
  if (!is_same_secret(*nonce, nonce_))
    return denied("SCRAM: the nonce is not that of the exchange");
  const auto all_said = said_ + "," + std::string(without_proof);
  if (!is_proof(*proof, all_said)) return denied("wrong user or password");
  state_ = State::proved;
  return SaslChallenge{.text = "v=" + encode_base64(hmac_sha256(keys_.server_key, all_said))};
}

bool ScramServer::is_proof(std::string_view proof, const std::string& all_said) const {
  const auto signature = hmac_sha256(keys_.stored_key, all_said);
  const auto client_key = exclusive_or(std::string(proof), signature);
  const bool fits = is_same_secret(sha256(client_key), keys_.stored_key);
  return fits && !keys_.is_decoy;
}

}  // namespace greyhound::intake
