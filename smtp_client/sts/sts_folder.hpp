// StsFolder: policies on disk, one file for each domain, named as the domain is.
// Owner: StsPolicies. Runs on: any thread that may wait for a disk, one call at a time.
// Limits: max_domains files are read.
// Errors: Fault::disk, Fault::disk_full. A file that is damaged or not ours is logged and left
//         alone.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "runtime/event_log.hpp"
#include "smtp_client/sts/sts_file.hpp"

namespace greyhound::smtp {

class StsFolder {
 public:
  static constexpr std::size_t max_domains = 10'000;

  // `log` outlives the folder.
  StsFolder(std::filesystem::path path, EventLog& log);

  // Makes the folder if there is none, and reads what is in it.
  Result<std::vector<StoredStsPolicy>> load();

  // A crash leaves the whole old file or the whole new one.
  Result<> save(const StoredStsPolicy& stored);
  Result<> remove(const std::string& domain);

 private:
  std::filesystem::path path_;
  EventLog& log_;
};

}  // namespace greyhound::smtp
