// Digests and letters of SASL, by OpenSSL, which only files of this name may know.
// Source: RFC 2104 (HMAC), RFC 8018 (PBKDF2), RFC 4648 section 4 (Base64).
// Runs on: any thread. Errors: none but OpenSSL out of memory, which is a MUST.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace greyhound::runtime {

std::string sha256(std::string_view text);
std::string hmac_sha256(std::string_view key, std::string_view text);
std::string pbkdf2_sha256(std::string_view password,
                          std::string_view salt,
                          std::uint32_t iterations);

std::string encode_base64(std::string_view bytes);
std::optional<std::string> decode_base64(std::string_view text);  // none: not exactly Base64

bool is_same_secret(std::string_view a, std::string_view b);  // tells nothing by its duration

// Bytes that nobody can foresee. From OpenSSL, as are the keys of TLS: Random can be foreseen.
std::string random_secret(std::size_t size_bytes);

std::string random_nonce();  // 192 such bits, as printable text without a comma

}  // namespace greyhound::runtime

namespace greyhound {
using runtime::decode_base64;
using runtime::encode_base64;
using runtime::hmac_sha256;
using runtime::is_same_secret;
using runtime::pbkdf2_sha256;
using runtime::random_nonce;
using runtime::random_secret;
using runtime::sha256;
}  // namespace greyhound
