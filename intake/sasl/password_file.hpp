// PasswordFile: who may log in at intake, and the keys of their passwords. A line of the file is
//     user:{SCRAM-SHA-256}iterations,salt,stored key,server key
// the last three in Base64; empty lines and those that begin with '#' are passed over. `greyhound
// password` prints such lines, and `doveadm pw -s SCRAM-SHA-256` what stands behind the colon.
// Owner: whoever loaded it; never changes. Runs on: any; load() reads a file.
// Limits: max_bytes, max_users, max_line_bytes, max_user_bytes, those of ScramKeys.
// Errors: config, names the line and what to do; never shows what stands in it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "intake/sasl/scram_keys.hpp"
#include "runtime/result.hpp"

namespace greyhound::intake {

class PasswordFile {
 public:
  static constexpr std::size_t max_bytes = 8 << 20;
  static constexpr std::size_t max_users = 20'000;
  static constexpr std::size_t max_line_bytes = 512;
  static constexpr std::size_t max_user_bytes = 255;

  static Result<PasswordFile> parse(std::string_view text);

  // A file that others may read, or anyone but its owner write, is refused: what it holds is all
  // that it takes to try passwords at leisure.
  static Result<PasswordFile> load(const std::filesystem::path& path);

  std::size_t size() const { return keys_.size(); }

  // Those of a user who does not exist are decoys: the same whenever that name is tried while this
  // process lives, of the shape that most users have. Neither they nor the time it takes to get
  // and use them tells that nobody has this name.
  ScramKeys keys_of(std::string_view user) const;

 private:
  // What a client of SCRAM is shown of a user before it has proved anything.
  struct Shape {
    std::uint32_t iterations = ScramKeys::least_iterations;
    std::size_t salt_bytes = 16;
    friend auto operator<=>(const Shape&, const Shape&) = default;
  };

  void choose_decoy_shape();
  ScramKeys decoy_of(std::string_view user) const;

  std::map<std::string, ScramKeys, std::less<>> keys_;
  Shape decoy_shape_;
};

// Why the file cannot have a user of this name; empty: it can.
std::string complaint_about_user(std::string_view user);

std::string password_line(std::string_view user, const ScramKeys& keys);  // without its end

}  // namespace greyhound::intake
