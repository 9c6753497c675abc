#include "config/login_json.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace greyhound::config {
namespace {

namespace fs = std::filesystem;
using mail::LoginMechanism;

constexpr std::size_t max_password_bytes = 1024;
constexpr auto name_another = "name a file that holds the password alone";

// No mechanism can carry a NUL, and SASLprep (RFC 4013) allows no other control character either.
bool has_control_character(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < ' ' || c == '\x7f';
  });
}

void drop_line_end(std::string& text) {
  if (text.ends_with('\n')) text.pop_back();
  if (text.ends_with('\r')) text.pop_back();
}

// What is wrong with the file's content; empty: nothing.
std::string complaint_about(const std::string& password) {
  if (password.size() > max_password_bytes) return "holds more than a password: over 1KiB";
  if (password.empty()) return "holds no password: it is empty";
  if (has_control_character(password)) return "holds more than one line, or control characters";
  return "";
}

std::optional<mail::Password> read_password(const Setting& file, Reporter& report) {
  const fs::path path = file.text();
  std::error_code error;
  const auto status = fs::status(path, error);
  const bool is_regular = status.type() == fs::file_type::regular;
  std::ifstream stream;
  if (is_regular) stream.open(path, std::ios::binary);  // anything else might not end
  if (!stream.is_open()) {
    const bool is_missing = status.type() == fs::file_type::not_found;
    report.error(file, is_missing ? "does not exist" : "cannot be read", name_another);
    return std::nullopt;
  }
  std::string text(max_password_bytes + 3, '\0');  // one too many, and a line end
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(stream.gcount()));
  drop_line_end(text);
  if (const auto what = complaint_about(text); !what.empty()) {
    report.error(file, what, name_another);
    return std::nullopt;
  }
  const auto for_others = status.permissions() & fs::perms::others_all;
  if (for_others != fs::perms::none) {
    report.warning(file,
                   "is open to every user of this host",
                   "let the agent's user alone read it: chmod 600");
  }
  return mail::Password(std::move(text));
}

std::vector<LoginMechanism> read_mechanisms(const Setting& auth) {
  constexpr std::array all{
      LoginMechanism::scram_sha_256, LoginMechanism::plain, LoginMechanism::login};
  if (!auth.has("mechanisms")) return {all.begin(), all.end()};
  std::vector<LoginMechanism> chosen;
  for (const auto& item : auth.at("mechanisms").items()) {
    const auto* const found = std::find_if(
        all.begin(), all.end(), [&item](auto one) { return to_string(one) == item.text(); });
    if (found != all.end()) chosen.push_back(*found);
  }
  return chosen;
}

}  // namespace

std::shared_ptr<const mail::Credentials> read_login(const Setting& auth,
                                                    mail::TlsLevel level,
                                                    Reporter& report) {
  if (auth.is_null()) return nullptr;
  if (!mail::is_verified(level)) {
    report.error(auth,
                 "would give the password to a host that need not prove its name",
                 "write \"tls\": \"verify\", or \"implicit\" for port 465");
  }
  const auto user = auth.at("user");
  if (has_control_character(user.text())) report.error(user, "holds a control character", "");
  if (!report.reads_files()) return nullptr;
  auto password = read_password(auth.at("password_file"), report);
  if (!password) return nullptr;
  return std::make_shared<const mail::Credentials>(
      mail::Credentials{user.text(), std::move(*password), read_mechanisms(auth)});
}

}  // namespace greyhound::config
