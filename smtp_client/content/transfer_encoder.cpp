#include "smtp_client/content/transfer_encoder.hpp"

namespace greyhound::smtp {
namespace {

constexpr std::size_t max_line = 76;

std::string escaped(char c) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  const auto value = static_cast<unsigned char>(c);
  return {'=', digits[value >> 4U], digits[value & 0xfU]};
}

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

}  // namespace

std::string_view to_string(TransferEncoding encoding) {
  return encoding == TransferEncoding::base64 ? "base64" : "quoted-printable";
}

void TransferEncoder::put(std::string_view text, std::string& out) {
  if (encoding_ == TransferEncoding::base64) return put_base64(text, out);
  for (const char c : text)
    quote(c, out);
}

void TransferEncoder::end_line(std::string& out) {
  if (encoding_ == TransferEncoding::base64) return put_base64("\r\n", out);
  put_blank_quoted(out);
  out += "\r\n";
  column_ = 0;
}

void TransferEncoder::finish(std::string& out) {
  if (encoding_ == TransferEncoding::quoted_printable) return put_blank_quoted(out);
  if (!kept_.empty()) put_group(out);
}

// A blank at the end of a line would be taken for padding and lost.
void TransferEncoder::quote(char c, std::string& out) {
  if (!kept_.empty()) {
    put_quoted(kept_, out);
    kept_.clear();
  }
  const bool is_literal = c > ' ' && c <= '~' && c != '=';
  if (is_blank(c)) {
    kept_ = c;
  } else if (is_literal) {
    put_quoted(std::string_view(&c, 1), out);
  } else {
    put_quoted(escaped(c), out);
  }
}

void TransferEncoder::put_quoted(std::string_view token, std::string& out) {
  const bool has_room = column_ + token.size() < max_line;  // and the '=' of a soft line break
  if (!has_room) {
    out += "=\r\n";
    column_ = 0;
  }
  out += token;
  column_ += token.size();
}

void TransferEncoder::put_blank_quoted(std::string& out) {
  if (kept_.empty()) return;
  put_quoted(escaped(kept_.front()), out);
  kept_.clear();
}

void TransferEncoder::put_base64(std::string_view bytes, std::string& out) {
  for (const char c : bytes) {
    kept_ += c;
    if (kept_.size() == 3) put_group(out);
  }
}

void TransferEncoder::put_group(std::string& out) {
  constexpr std::string_view alphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  if (column_ == max_line) {
    out += "\r\n";
    column_ = 0;
  }
  std::uint32_t bits = 0;
  for (std::size_t i = 0; i < 3; ++i)
    bits = (bits << 8U) | (i < kept_.size() ? static_cast<unsigned char>(kept_[i]) : 0U);
  for (std::size_t i = 0; i < 4; ++i) {
    const auto index = (bits >> (18U - 6U * i)) & 0x3fU;
    out += i <= kept_.size() ? alphabet[index] : '=';
  }
  column_ += 4;
  kept_.clear();
}

}  // namespace greyhound::smtp
