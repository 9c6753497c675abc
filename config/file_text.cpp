#include "config/file_text.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <system_error>
#include <utility>

#include "config/json_document.hpp"

namespace greyhound::config {

namespace fs = std::filesystem;

Problem whole_file(std::string file, std::string what, std::string suggestion) {
  return {Problem::Severity::error, std::move(file), 0, "", std::move(what), std::move(suggestion)};
}

std::optional<std::string> read_text(const fs::path& path,
                                     const std::string& name,
                                     Problems& problems) {
  std::error_code error;
  const auto status = fs::status(path, error);
  if (status.type() == fs::file_type::not_found) return std::nullopt;
  if (status.type() != fs::file_type::regular) {
    const bool is_other = status.type() != fs::file_type::none;
    problems.push_back(whole_file(
        name, is_other ? "is no regular file" : "cannot be looked at: " + error.message(), ""));
    return std::nullopt;
  }
  errno = 0;
  std::ifstream stream(path, std::ios::binary);
  std::string text(max_file_bytes + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!stream.eof() && (!stream.is_open() || stream.bad())) {
    problems.push_back(
        whole_file(name, std::string("cannot be read: ") + std::strerror(errno), ""));
    return std::nullopt;
  }
  text.resize(static_cast<std::size_t>(stream.gcount()));
  if (text.size() > max_file_bytes) {
    problems.push_back(whole_file(name, "is larger than 1MiB", "split long lists by globs"));
    return std::nullopt;
  }
  return text;
}

}  // namespace greyhound::config
