// Random MIME messages that can be converted to 7 bits, from a seed.
#pragma once

#include <random>
#include <string>

namespace greyhound::smtp {

class RandomMime {
 public:
  explicit RandomMime(std::uint32_t seed) : engine_(seed) {}

  // A number below `end`.
  std::size_t below(std::size_t end) {
    return std::uniform_int_distribution<std::size_t>(0, end - 1)(engine_);
  }

  std::string message() { return "MIME-Version: 1.0\r\nSubject: " + word() + "\r\n" + entity(0); }

 private:
  std::string word() { return std::string(1 + below(12), static_cast<char>('a' + below(26))); }

  std::string entity(std::size_t depth) {
    const auto choice = below(depth < 4 ? 6 : 3);
    if (choice < 3) return leaf();
    if (choice == 3) return sealed();
    if (choice == 4) return nested_message(depth);
    return multipart(depth);
  }

  std::string leaf() {
    const char* types[] = {"Content-Type: text/plain; charset=utf-8\r\n",
                           "Content-Type: TEXT/HTML; charset=\"iso-8859-1\"\r\n",
                           "Content-Type: application/octet-stream; name=a b.bin\r\n",
                           "Content-Type: image/x-thing (not (really))\r\n",
                           ""};
    const char* encodings[] = {"Content-Transfer-Encoding: 8bit\r\n",
                               "content-transfer-encoding: 8BIT (as it is)\r\n",
                               "Content-Transfer-Encoding:\r\n\tbinary\r\n",
                               "Content-Transfer-Encoding: 7bit\r\n",
                               "X-Other: \r\n folded\r\n"};
    if (below(6) == 0) return "Content-Transfer-Encoding: base64\r\n\r\nR3LDvMOfZQ==\r\n";
    return std::string(types[below(5)]) + encodings[below(5)] + "\r\n" + body();
  }

  std::string body() {
    std::string text;
    const auto lines = below(8);
    const bool is_wide = below(3) != 0;
    for (std::size_t i = 0; i < lines; ++i)
      text += line(is_wide) + "\r\n";
    return text;
  }

  std::string line(bool is_wide) {
    const char* odd[] = {"", ".", "..", "-- ", "--", "From here", "=", " ", "\t", "a \t", "--=_x"};
    if (below(3) == 0) return odd[below(11)];
    const bool is_dense = is_wide && below(2) == 0;
    const std::size_t length = below(4) == 0 ? below(990) : below(100);
    std::string text;
    while (text.size() < length) {
      const bool is_high = is_wide && below(is_dense ? 2 : 12) == 0;
      text += static_cast<char>(is_high ? 0x80 + below(0x80) : ' ' + below(95));
    }
    return text.starts_with("--") ? "x" + text : text;
  }

  std::string multipart(std::size_t depth) {
    const auto boundary = "=_" + std::to_string(number_++) + "_" + word();
    const char* labels[] = {"Content-Transfer-Encoding: 8bit\r\n", ""};
    std::string text = "Content-Type: multipart/mixed;\r\n boundary=\"" + boundary + "\"\r\n" +
                       labels[below(2)] + "\r\n";
    if (below(2) == 0) text += "preamble\r\n";
    for (auto parts = 1 + below(3); parts > 0; --parts)
      text += "--" + boundary + (below(3) == 0 ? " " : "") + "\r\n" + entity(depth + 1) + "\r\n";
    return text + "--" + boundary + "--\r\n" + (below(2) == 0 ? "epilogue\r\n" : "");
  }

  std::string nested_message(std::size_t depth) {
    return "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
           "Subject: " +
           word() + "\r\nMIME-Version: 1.0 (really)\r\n" + entity(depth + 1);
  }

  // Nothing of it is 8-bit, so that it need not be touched.
  std::string sealed() {
    const auto boundary = "=_" + std::to_string(number_++) + "_s";
    return "Content-Type: multipart/signed; boundary=\"" + boundary + "\"\r\n\r\n--" + boundary +
           "\r\nContent-Transfer-Encoding: 7bit\r\n\r\nplain \r\n--" + boundary +
           "\r\nContent-Type: application/pgp-signature\r\n\r\nsignature\r\n--" + boundary +
           "--\r\n";
  }

  std::mt19937 engine_;
  std::size_t number_ = 0;
};

}  // namespace greyhound::smtp
