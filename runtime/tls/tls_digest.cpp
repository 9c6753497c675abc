#include "runtime/tls/tls_digest.hpp"

#include <algorithm>
#include <array>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include "runtime/must.hpp"

namespace greyhound::runtime {
namespace {

using Digest = std::array<unsigned char, SHA256_DIGEST_LENGTH>;

const unsigned char* octets(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

unsigned char* octets(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

std::string to_text(const Digest& digest) {
  return {digest.begin(), digest.end()};
}

bool is_base64_letter(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
         c == '/';
}

}  // namespace

std::string sha256(std::string_view text) {
  Digest digest{};
  MUST(SHA256(octets(text), text.size(), digest.data()) != nullptr);
  return to_text(digest);
}

std::string hmac_sha256(std::string_view key, std::string_view text) {
  Digest digest{};
  const auto key_size = static_cast<int>(key.size());
  MUST(
      HMAC(EVP_sha256(), key.data(), key_size, octets(text), text.size(), digest.data(), nullptr) !=
      nullptr);
  return to_text(digest);
}

std::string pbkdf2_sha256(std::string_view password,
                          std::string_view salt,
                          std::uint32_t iterations) {
  Digest digest{};
  const int made = PKCS5_PBKDF2_HMAC(password.data(),
                                     static_cast<int>(password.size()),
                                     octets(salt),
                                     static_cast<int>(salt.size()),
                                     static_cast<int>(iterations),
                                     EVP_sha256(),
                                     static_cast<int>(digest.size()),
                                     digest.data());
  MUST(made == 1);
  return to_text(digest);
}

std::string encode_base64(std::string_view bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');  // OpenSSL ends it with a NUL
  const int size = EVP_EncodeBlock(octets(text), octets(bytes), static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

// OpenSSL skips white space and counts padding as bytes.
std::optional<std::string> decode_base64(std::string_view text) {
  if (text.empty()) return std::string();
  auto letters = text;
  for (int i = 0; i < 2 && letters.ends_with('='); ++i)
    letters.remove_suffix(1);
  const bool is_well_formed =
      text.size() % 4 == 0 && std::all_of(letters.begin(), letters.end(), is_base64_letter);
  if (!is_well_formed) return std::nullopt;
  std::string bytes(text.size() / 4 * 3, '\0');
  const int size = EVP_DecodeBlock(octets(bytes), octets(text), static_cast<int>(text.size()));
  if (size < 0) return std::nullopt;
  bytes.resize(static_cast<std::size_t>(size) - (text.size() - letters.size()));
  return bytes;
}

bool is_same_secret(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string random_secret(std::size_t size_bytes) {
  std::string bytes(size_bytes, '\0');
  MUST(RAND_bytes(octets(bytes), static_cast<int>(bytes.size())) == 1);
  return bytes;
}

std::string random_nonce() {
  return encode_base64(random_secret(24));
}

}  // namespace greyhound::runtime
