#include "smtp_client/sasl/sasl_scram.hpp"

#include <charconv>
#include <utility>

#include "runtime/tls/tls_digest.hpp"

namespace greyhound::smtp {
namespace {

constexpr std::string_view no_channel_binding = "n,,";

Error wrong(std::string what) {
  return Error{Fault::protocol, "SCRAM: " + std::move(what)};
}

// Comma and equals sign have a meaning of their own (RFC 5802 section 5.1).
std::string escaped(std::string_view user) {
  std::string name;
  for (const char c : user) {
    if (c == ',') {
      name += "=2C";
    } else if (c == '=') {
      name += "=3D";
    } else {
      name += c;
    }
  }
  return name;
}

// The value of the attribute that has to come next; `rest` begins behind its comma then. None: it
// is another one.
std::optional<std::string_view> take_attribute(char name, std::string_view& rest) {
  if (rest.size() < 2 || rest[0] != name || rest[1] != '=') return std::nullopt;
  const auto end = rest.find(',');
  const auto value = rest.substr(2, end == rest.npos ? rest.npos : end - 2);
  rest.remove_prefix(end == rest.npos ? rest.size() : end + 1);
  return value;
}

std::optional<std::uint32_t> iterations_of(std::string_view text) {
  std::uint32_t count = 0;
  const auto* const begin = text.data();
  const auto* const end = begin + text.size();
  const auto [stop, error] = std::from_chars(begin, end, count);
  const bool is_number = error == std::errc{} && stop == end;
  const bool is_in_range =
      count >= ScramExchange::least_iterations && count <= ScramExchange::max_iterations;
  return is_number && is_in_range ? std::optional(count) : std::nullopt;
}

std::string exclusive_or(std::string a, std::string_view b) {
  for (std::size_t i = 0; i < a.size(); ++i)
    a[i] = static_cast<char>(a[i] ^ b[i]);
  return a;
}

}  // namespace

ScramExchange::ScramExchange(const mail::Credentials& credentials, std::string nonce)
    : password_(credentials.password),
      nonce_(std::move(nonce)),
      client_first_("n=" + escaped(credentials.user) + ",r=" + nonce_) {}

std::optional<std::string> ScramExchange::initial_response() {
  return std::string(no_channel_binding) + client_first_;
}

Result<std::string> ScramExchange::respond(std::string challenge) {
  switch (state_) {
    case State::begun:
      return answer_first(challenge);
    case State::answered:
      return check_final(challenge);
    case State::proved:
      break;
  }
  return wrong("goes on asking after its proof");
}

// An attribute "m" in front would be an extension that must be understood; others may follow.
Result<std::string> ScramExchange::answer_first(std::string_view server_first) {
  auto rest = server_first;
  const auto nonce = take_attribute('r', rest);
  const auto salt_text = nonce ? take_attribute('s', rest) : std::nullopt;
  const auto iterations_text = salt_text ? take_attribute('i', rest) : std::nullopt;
  if (!iterations_text) return wrong("its first message is malformed");
  const bool is_ours_continued = nonce->starts_with(nonce_) && nonce->size() > nonce_.size();
  if (!is_ours_continued) return wrong("its nonce does not continue ours");
  const auto salt = decode_base64(*salt_text);
  if (!salt || salt->empty()) return wrong("its salt is malformed");
  const auto iterations = iterations_of(*iterations_text);
  if (!iterations) {
    return wrong("its iteration count is not between " + std::to_string(least_iterations) +
                 " and " + std::to_string(max_iterations));
  }
  const auto client_final = "c=" + encode_base64(no_channel_binding) + ",r=" + std::string(*nonce);
  const auto all_said = client_first_ + "," + std::string(server_first) + "," + client_final;
  const auto salted = pbkdf2_sha256(password_.reveal(), *salt, *iterations);
  const auto client_key = hmac_sha256(salted, "Client Key");
  const auto proof = exclusive_or(client_key, hmac_sha256(sha256(client_key), all_said));
  server_signature_ = hmac_sha256(hmac_sha256(salted, "Server Key"), all_said);
  state_ = State::answered;
  return client_final + ",p=" + encode_base64(proof);
}

Result<std::string> ScramExchange::check_final(std::string_view server_final) {
  auto rest = server_final;
  if (take_attribute('e', rest)) return wrong("refuses our proof");
  const auto text = take_attribute('v', rest);
  const auto signature = text ? decode_base64(*text) : std::nullopt;
  if (!signature) return wrong("its last message is malformed");
  if (!is_same_secret(*signature, server_signature_)) {
    return wrong("does not prove that it knows our password");
  }
  state_ = State::proved;
  return std::string();
}

}  // namespace greyhound::smtp
