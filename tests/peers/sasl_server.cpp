#include "peers/sasl_server.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

namespace greyhound::peers {
namespace {

constexpr auto salt = "pinch of salt";
constexpr int iterations = 4096;

std::string to_base64(const std::string& bytes) {
  std::vector<unsigned char> text(bytes.size() * 2 + 4);
  const auto* const from = reinterpret_cast<const unsigned char*>(bytes.data());
  const int size = EVP_EncodeBlock(text.data(), from, static_cast<int>(bytes.size()));
  return {text.begin(), text.begin() + size};
}

std::string from_base64(const std::string& text) {
  std::vector<unsigned char> bytes(text.size() + 4);
  const auto* const from = reinterpret_cast<const unsigned char*>(text.data());
  int size = EVP_DecodeBlock(bytes.data(), from, static_cast<int>(text.size()));
  for (auto end = text.rbegin(); end != text.rend() && *end == '='; ++end)
    --size;
  return size < 0 ? "" : std::string(bytes.begin(), bytes.begin() + size);
}

std::string hmac(const std::string& key, const std::string& text) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  const auto* const from = reinterpret_cast<const unsigned char*>(text.data());
  HMAC(EVP_sha256(),
       key.data(),
       static_cast<int>(key.size()),
       from,
       text.size(),
       digest.data(),
       nullptr);
  return {digest.begin(), digest.end()};
}

std::string hash(const std::string& text) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  return {digest.begin(), digest.end()};
}

std::string salted(const std::string& password) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  const std::string bytes = salt;
  PKCS5_PBKDF2_HMAC(password.data(),
                    static_cast<int>(password.size()),
                    reinterpret_cast<const unsigned char*>(bytes.data()),
                    static_cast<int>(bytes.size()),
                    iterations,
                    EVP_sha256(),
                    static_cast<int>(digest.size()),
                    digest.data());
  return {digest.begin(), digest.end()};
}

std::string challenge(const std::string& message) {
  return "334 " + to_base64(message) + "\r\n";
}

// What follows "x=" up to the next comma.
std::string attribute(const std::string& message, const std::string& name) {
  const auto begin = message.find(name + "=");
  if (begin == std::string::npos) return "";
  const auto from = begin + name.size() + 1;
  return message.substr(from, message.find(',', from) - from);
}

std::string unescaped(std::string name) {
  const std::array<std::array<std::string, 2>, 2> pairs{{{"=2C", ","}, {"=3D", "="}}};
  for (const auto& [code, letter] : pairs) {
    for (auto at = name.find(code); at != std::string::npos; at = name.find(code, at + 1)) {
      name.replace(at, code.size(), letter);
    }
  }
  return name;
}

}  // namespace

std::string SaslServer::begin(const std::string& command) {
  const auto end = command.find(' ', 5);
  mechanism_ = command.substr(5, end - 5);
  const bool has_response = end != std::string::npos;
  if (mechanism_ == "LOGIN") {
    state_ = State::user;
    return challenge("Username:");
  }
  if (mechanism_ != "PLAIN" && mechanism_ != "SCRAM-SHA-256") return "504 5.5.4 unknown\r\n";
  state_ = mechanism_ == "PLAIN" ? State::plain : State::scram_first;
  return has_response ? go_on(command.substr(end + 1)) : "334 \r\n";
}

std::string SaslServer::go_on(const std::string& line) {
  if (line == "*") {
    state_ = State::out;
    return "501 5.7.0 cancelled\r\n";
  }
  const auto message = from_base64(line);
  switch (state_) {
    case State::plain:
      return take_plain(message);
    case State::user:
      given_user_ = message;
      state_ = State::password;
      return challenge("Password:");
    case State::password:
      return decide(given_user_ == account_.user && message == account_.password);
    case State::scram_first:
      return take_scram_first(message);
    case State::scram_final:
      return take_scram_final(message);
    case State::scram_end:
      if (account_.fault == ScramFault::asks_again) return challenge("v=again");
      return decide(line.empty());
    case State::in:
    case State::out:
      break;
  }
  return "503 5.5.1 nothing was asked\r\n";
}

std::string SaslServer::take_plain(const std::string& message) {
  const std::string nul(1, '\0');
  return decide(message == nul + account_.user + nul + account_.password);
}

std::string SaslServer::take_scram_first(const std::string& message) {
  const auto fault = account_.fault;
  const auto bare = message.substr(std::min<std::size_t>(message.size(), 3));
  const auto theirs = attribute(bare, ",r");
  if (!message.starts_with("n,,n=")) return decide(false);
  if (unescaped(attribute(bare, "n")) != account_.user) return decide(false);
  nonce_ = theirs + "3rfcNHYJY1ZVvWVs7j";
  if (fault == ScramFault::foreign_nonce) nonce_ = "x" + nonce_;
  if (fault == ScramFault::same_nonce) nonce_ = theirs;
  auto salt_text = to_base64(salt);
  if (fault == ScramFault::bad_salt) salt_text = "not Base64";
  if (fault == ScramFault::empty_salt) salt_text = "";
  auto count = std::to_string(iterations);
  if (fault == ScramFault::few_iterations) count = "4095";
  if (fault == ScramFault::many_iterations) count = "600001";
  if (fault == ScramFault::signed_iterations) count = "+4096";
  if (fault == ScramFault::endless_iterations) count = std::string(1000, '9');
  const auto first = (fault == ScramFault::extension ? "m=news," : "") + ("r=" + nonce_) +
                     ",s=" + salt_text + ",i=" + count;
  said_so_far_ = bare + "," + first;
  state_ = State::scram_final;
  return challenge(first);
}

// Knows the password only as StoredKey and ServerKey, as a server should.
std::string SaslServer::take_scram_final(const std::string& message) {
  const auto password = salted(account_.password);
  const auto stored_key = hash(hmac(password, "Client Key"));
  const auto server_key = hmac(password, "Server Key");
  const auto proof_at = message.find(",p=");
  const auto all = said_so_far_ + "," + message.substr(0, proof_at);
  auto client_key = from_base64(attribute(message, ",p"));
  const auto client_signature = hmac(stored_key, all);
  if (client_key.size() != client_signature.size()) return decide(false);
  for (std::size_t i = 0; i < client_key.size(); ++i)
    client_key[i] = static_cast<char>(client_key[i] ^ client_signature[i]);
  const bool is_right =
      message.starts_with("c=biws,r=" + nonce_ + ",") && hash(client_key) == stored_key;
  if (!is_right) return decide(false);
  if (account_.fault == ScramFault::no_signature) return decide(true);
  if (account_.fault == ScramFault::error_in_place) return challenge("e=other-error");
  auto signature = hmac(server_key, all);
  if (account_.fault == ScramFault::wrong_signature) signature[0] ^= 1;
  state_ = State::scram_end;
  return challenge("v=" + to_base64(signature));
}

std::string SaslServer::decide(bool is_right) {
  state_ = is_right ? State::in : State::out;
  return is_right ? "235 2.7.0 welcome\r\n" : "535 5.7.8 wrong user or password\r\n";
}

}  // namespace greyhound::peers
