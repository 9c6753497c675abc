#include "intake/sasl/password_file.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <optional>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mail/utf8.hpp"
#include "runtime/tls/tls_digest.hpp"

namespace greyhound::intake {
namespace {

constexpr std::string_view scheme = "{SCRAM-SHA-256}";
constexpr auto make_it_anew = "; make the line by `greyhound password USER`";

// The process's own: decoys last as long as it does, whatever files it reads meanwhile.
const std::string& decoy_secret() {
  static const std::string secret = random_secret(ScramKeys::key_bytes);
  return secret;
}

Error wrong(std::string what) {
  return Error{Fault::config, std::move(what)};
}

Error wrong_line(std::size_t number, const std::string& what) {
  return wrong("line " + std::to_string(number) + ": " + what);
}

// What stands before the next `end`; `rest` begins behind it then.
std::string_view take_until(char end, std::string_view& rest) {
  const auto at = rest.find(end);
  const auto taken = rest.substr(0, at);
  rest.remove_prefix(at == rest.npos ? rest.size() : at + 1);
  return taken;
}

std::optional<std::uint32_t> iterations_of(std::string_view text) {
  std::uint32_t count = 0;
  const auto* const begin = text.data();
  const auto* const end = begin + text.size();
  const auto [stop, error] = std::from_chars(begin, end, count);
  const bool is_number = error == std::errc{} && stop == end;
  const bool is_in_range =
      count >= ScramKeys::least_iterations && count <= ScramKeys::max_iterations;
  return is_number && is_in_range ? std::optional(count) : std::nullopt;
}

std::optional<std::string> decode_field(std::string_view text,
                                        std::size_t least_bytes,
                                        std::size_t most_bytes) {
  auto bytes = decode_base64(text);
  if (bytes && (bytes->size() < least_bytes || bytes->size() > most_bytes)) bytes.reset();
  return bytes;
}

// What stands behind the scheme. The error is of a line, without its number.
Result<ScramKeys> parse_keys(std::string_view text) {
  const auto fields = std::count(text.begin(), text.end(), ',') + 1;
  if (fields != 4)
    return wrong(std::string("does not have four fields with commas between them") + make_it_anew);
  const auto iterations = iterations_of(take_until(',', text));
  if (!iterations) {
    return wrong("the iterations are not a number from " +
                 std::to_string(ScramKeys::least_iterations) + " to " +
                 std::to_string(ScramKeys::max_iterations) + make_it_anew);
  }
  auto salt =
      decode_field(take_until(',', text), ScramKeys::least_salt_bytes, ScramKeys::max_salt_bytes);
  if (!salt) return wrong(std::string("the salt is not 8 to 64 bytes in Base64") + make_it_anew);
  auto stored_key = decode_field(take_until(',', text), ScramKeys::key_bytes, ScramKeys::key_bytes);
  auto server_key = decode_field(text, ScramKeys::key_bytes, ScramKeys::key_bytes);
  if (!stored_key || !server_key) {
    return wrong(std::string("a key is not 32 bytes in Base64") + make_it_anew);
  }
  return ScramKeys{.iterations = *iterations,
                   .salt = std::move(*salt),
                   .stored_key = std::move(*stored_key),
                   .server_key = std::move(*server_key),
                   .is_decoy = false};
}

struct Entry {
  std::string user;
  ScramKeys keys;
};

Result<Entry> parse_entry(std::string_view line) {
  if (line.size() > PasswordFile::max_line_bytes) {
    return wrong("is longer than " + std::to_string(PasswordFile::max_line_bytes) + " bytes" +
                 make_it_anew);
  }
  if (line.find(':') == line.npos) {
    return wrong(std::string("has no colon behind the user") + make_it_anew);
  }
  std::string user(take_until(':', line));
  if (auto complaint = complaint_about_user(user); !complaint.empty()) {
    return wrong("the user " + complaint);
  }
  if (!line.starts_with(scheme)) {
    return wrong("the password is not stored as " + std::string(scheme) + make_it_anew);
  }
  auto keys = parse_keys(line.substr(scheme.size()));
  if (!keys) return keys.error();
  return Entry{.user = std::move(user), .keys = std::move(*keys)};
}

// Closes what it opened.
class OpenFile {
 public:
  // Does not wait for the other end, should the path name a pipe.
  explicit OpenFile(const std::filesystem::path& path)
      : descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  ~OpenFile() {
    if (is_open()) ::close(descriptor_);
  }

  bool is_open() const { return descriptor_ >= 0; }
  std::optional<struct stat> status() const {
    struct stat status{};
    return ::fstat(descriptor_, &status) == 0 ? std::optional(status) : std::nullopt;
  }

  // All of it, or the first `limit` bytes; none: it cannot be read.
  std::optional<std::string> read(std::size_t limit) const {
    std::string text;
    std::array<char, 16 << 10> block{};
    while (text.size() < limit) {
      const auto count = ::read(descriptor_, block.data(), block.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return std::nullopt;
      if (count == 0) break;
      text.append(block.data(), static_cast<std::size_t>(count));
    }
    text.resize(std::min(text.size(), limit));
    return text;
  }

 private:
  int descriptor_;
};

// Of the file that is open, which nobody can exchange any more. Empty: it may be used.
std::string complaint_about_status(const struct stat& status) {
  if (!S_ISREG(status.st_mode)) return "is not a regular file; name one that is";
  if ((status.st_mode & S_IROTH) != 0) return "may be read by every user of this host";
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) return "may be written by others than its owner";
  return "";
}

}  // namespace

Result<PasswordFile> PasswordFile::parse(std::string_view text) {
  if (text.size() > max_bytes) {
    return wrong("holds more than " + std::to_string(max_bytes >> 20) + "MiB; remove users");
  }
  PasswordFile file;
  std::map<std::string, std::size_t, std::less<>> lines;
  for (std::size_t number = 1; !text.empty(); ++number) {
    auto line = take_until('\n', text);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.find_first_not_of(" \t") == line.npos || line.starts_with('#')) continue;
    auto entry = parse_entry(line);
    if (!entry) return wrong_line(number, entry.error().what);
    const auto [known, is_new] = lines.emplace(entry->user, number);
    if (!is_new) {
      return wrong_line(
          number,
          "the user has line " + std::to_string(known->second) + " already; remove one of the two");
    }
    if (lines.size() > max_users) {
      return wrong_line(number,
                        "is of one user more than " + std::to_string(max_users) +
                            ", which are the most; remove users");
    }
    file.keys_.emplace(std::move(entry->user), std::move(entry->keys));
  }
  file.choose_decoy_shape();
  return file;
}

Result<PasswordFile> PasswordFile::load(const std::filesystem::path& path) {
  const auto about = [&path](const std::string& what) { return wrong(path.string() + what); };
  const OpenFile file(path);
  if (!file.is_open() && errno == ENOENT) {
    return about(" does not exist; make its lines by `greyhound password USER`");
  }
  const auto status = file.is_open() ? file.status() : std::nullopt;
  if (!status) return about(" cannot be opened; let the agent's user read it: chmod 600 or 640");
  if (const auto complaint = complaint_about_status(*status); !complaint.empty()) {
    const bool is_regular = S_ISREG(status->st_mode);
    return about(" " + complaint + (is_regular ? "; chmod 600, or 640" : ""));
  }
  const auto text = file.read(max_bytes + 1);
  if (!text) return about(" cannot be read to its end");
  auto parsed = parse(*text);
  if (!parsed) return about(", " + parsed.error().what);
  return parsed;
}

// Both are computed for every name: that a user exists costs no time and saves none.
ScramKeys PasswordFile::keys_of(std::string_view user) const {
  auto decoy = decoy_of(user);
  const auto found = keys_.find(user);
  return found == keys_.end() ? decoy : found->second;
}

void PasswordFile::choose_decoy_shape() {
  std::map<Shape, std::size_t> counts;
  for (const auto& [user, keys] : keys_)
    ++counts[Shape{.iterations = keys.iterations, .salt_bytes = keys.salt.size()}];
  const auto most =
      std::max_element(counts.begin(), counts.end(), [](const auto& one, const auto& other) {
        return one.second < other.second;
      });
  if (most != counts.end()) decoy_shape_ = most->first;
}

ScramKeys PasswordFile::decoy_of(std::string_view user) const {
  const auto derived = [user](std::string_view what) {
    return hmac_sha256(decoy_secret(), std::string(what).append(":").append(user));
  };
  auto salt = derived("salt") + derived("end of salt");
  salt.resize(decoy_shape_.salt_bytes);
  return {.iterations = decoy_shape_.iterations,
          .salt = std::move(salt),
          .stored_key = derived("stored key"),
          .server_key = derived("server key"),
          .is_decoy = true};
}

std::string complaint_about_user(std::string_view user) {
  if (user.empty()) return "has no name; put one in front of the colon";
  if (user.size() > PasswordFile::max_user_bytes) {
    return "has a name of more than " + std::to_string(PasswordFile::max_user_bytes) +
           " bytes; choose a shorter one";
  }
  if (!mail::is_utf8(user)) return "has a name that is not UTF-8; write it in UTF-8";
  if (user.front() == '#') return "has a name that makes its line a comment; choose another";
  if (user.front() == ' ' || user.back() == ' ') {
    return "has a name with a blank at its end; remove the blank";
  }
  for (auto rest = user; !rest.empty();) {
    const auto front = mail::front_of(rest);
    if (front->value == U':' || mail::acts_on_display(front->value)) {
      return "has a name with a colon or a control character; choose another";
    }
    rest.remove_prefix(front->length);
  }
  return "";
}

std::string password_line(std::string_view user, const ScramKeys& keys) {
  return std::string(user) + ":" + std::string(scheme) + std::to_string(keys.iterations) + "," +
         encode_base64(keys.salt) + "," + encode_base64(keys.stored_key) + "," +
         encode_base64(keys.server_key);
}

}  // namespace greyhound::intake
