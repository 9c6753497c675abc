#include "smtp_client/sts/sts_folder.hpp"

#include <cerrno>
#include <fstream>
#include <iterator>
#include <optional>

#include <fcntl.h>
#include <unistd.h>

#include "mail/address.hpp"

namespace greyhound::smtp {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t max_file_bytes = StsPolicy::max_policy_bytes + 4096;
constexpr const char* unfinished = ".new";  // no domain begins with a dot

Error failed(const fs::path& path, const std::error_code& code) {
  const auto fault = code == std::errc::no_space_on_device ? Fault::disk_full : Fault::disk;
  return Error{fault, path.string() + ": " + code.message()};
}

Error failed(const fs::path& path) {
  return failed(path, std::error_code(errno, std::generic_category()));
}

Result<> write_all(int file, std::string_view bytes, const fs::path& path) {
  while (!bytes.empty()) {
    const auto count = ::write(file, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failed(path);
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  if (::fsync(file) != 0) return failed(path);
  return {};
}

Result<> write_synced(const fs::path& path, std::string_view bytes) {
  const int flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW;
  const int file = ::open(path.c_str(), flags, 0600);
  if (file < 0) return failed(path);
  auto written = write_all(file, bytes, path);
  ::close(file);
  return written;
}

Result<> sync_folder(const fs::path& path) {
  const int folder = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return failed(path);
  const auto synced = ::fsync(folder) == 0 ? Result<>() : Result<>(failed(path));
  ::close(folder);
  return synced;
}

std::optional<StoredStsPolicy> read(const fs::directory_entry& entry) {
  std::error_code code;
  const bool is_file = entry.symlink_status(code).type() == fs::file_type::regular;
  if (!is_file || entry.file_size(code) > max_file_bytes || code) return std::nullopt;
  std::ifstream in(entry.path(), std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  auto stored = from_file(bytes);
  if (!stored || stored->domain != entry.path().filename()) return std::nullopt;
  return stored;
}

}  // namespace

StsFolder::StsFolder(fs::path path, EventLog& log) : path_(std::move(path)), log_(log) {}

Result<std::vector<StoredStsPolicy>> StsFolder::load() {
  std::error_code code;
  fs::create_directories(path_, code);
  if (code) return failed(path_, code);
  std::vector<StoredStsPolicy> all;
  fs::directory_iterator entry(path_, code);
  for (; !code && entry != fs::directory_iterator(); entry.increment(code)) {
    if (all.size() >= max_domains) break;
    if (entry->path().filename() == unfinished) continue;  // the next one goes over it
    if (auto stored = read(*entry)) {
      all.push_back(std::move(*stored));
    } else {
      log_.warning("mta_sts_file_ignored",
                   {{"file", entry->path().string()}, {"why", "damaged, or not ours"}});
    }
  }
  if (code) return failed(path_, code);
  return all;
}

Result<> StsFolder::save(const StoredStsPolicy& stored) {
  if (!mail::is_host_name(stored.domain)) {
    return Error{Fault::disk, stored.domain + ": not a name for a file"};
  }
  const auto temporary = path_ / unfinished;
  if (auto written = write_synced(temporary, to_file(stored)); !written) return written;
  std::error_code code;
  fs::rename(temporary, path_ / stored.domain, code);
  if (code) return failed(path_ / stored.domain, code);
  return sync_folder(path_);
}

Result<> StsFolder::remove(const std::string& domain) {
  std::error_code code;
  fs::remove(path_ / domain, code);
  if (code) return failed(path_ / domain, code);
  return {};
}

}  // namespace greyhound::smtp
