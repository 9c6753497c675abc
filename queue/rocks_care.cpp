// What RocksDatabase does for the care of its files, apart from reading and writing.
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include <rocksdb/convenience.h>
#include <rocksdb/options.h>
#include <rocksdb/sst_file_reader.h>
#include <rocksdb/utilities/checkpoint.h>
#include <stdlib.h>

#include "queue/folder_copy.hpp"
#include "queue/rocks_handles.hpp"

namespace greyhound::queue {

Result<> RocksDatabase::drop_oldest_files(Family family,
                                          std::string_view first_kept,
                                          std::uint64_t most_bytes) {
  auto* const handle = handles_->of(family);
  rocksdb::ColumnFamilyMetaData found;
  handles_->db->GetColumnFamilyMetaData(handle, &found);
  std::vector<rocksdb::SstFileMetaData> files;
  std::uint64_t bytes = 0;
  for (const auto& level : found.levels) {
    for (const auto& file : level.files) {
      files.push_back(file);
      bytes += file.size;
    }
  }
  std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) {
    return a.largestkey < b.largestkey;
  });
  std::string end;  // all files that end below it go
  for (const auto& file : files) {
    if (to_view(file.largestkey) >= first_kept && bytes <= most_bytes) break;
    end = file.largestkey;
    bytes -= file.size;
  }
  if (end.empty()) return {};
  const auto limit = to_slice(end);
  const auto status = rocksdb::DeleteFilesInRange(handles_->db.get(), handle, nullptr, &limit);
  if (!status.ok()) return to_error(status, "dropping old files");
  return {};
}

// Blobs that are still needed stay where they are: moving them takes the space that is missing.
Result<> RocksDatabase::reclaim(Family family) {
  auto* const handle = handles_->of(family);
  auto status = handles_->db->Flush(rocksdb::FlushOptions(), handle);
  rocksdb::CompactRangeOptions options;
  options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForceOptimized;
  options.blob_garbage_collection_policy = rocksdb::BlobGarbageCollectionPolicy::kDisable;
  if (status.ok()) status = handles_->db->CompactRange(options, handle, nullptr, nullptr);
  if (!status.ok()) return to_error(status, "giving back space");
  return {};
}

Result<> RocksDatabase::compact() {
  auto status = handles_->db->Flush(rocksdb::FlushOptions(), handles_->all);
  if (!status.ok()) return to_error(status, "flushing");
  rocksdb::CompactRangeOptions options;
  options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForceOptimized;
  for (auto* handle : handles_->all) {
    status = handles_->db->CompactRange(options, handle, nullptr, nullptr);
    if (!status.ok()) return to_error(status, "compacting");
  }
  return {};
}

// RocksDB makes a folder that all may read, and nobody else reads mail: so it is made inside one
// that is ours alone.
Result<> RocksDatabase::copy_to(const std::filesystem::path& folder) const {
  namespace fs = std::filesystem;
  std::error_code failure;
  if (fs::exists(folder, failure)) {
    return Error{Fault::disk, "queue: copying to " + folder.string() + ": it is there already"};
  }
  auto around = folder.string() + ".XXXXXX";
  if (::mkdtemp(around.data()) == nullptr) {
    return Error{Fault::disk, "queue: making " + around + ": " + std::strerror(errno)};
  }
  const auto copy = fs::path(around) / "copy";
  rocksdb::Checkpoint* made = nullptr;
  auto status = rocksdb::Checkpoint::Create(handles_->db.get(), &made);
  const std::unique_ptr<rocksdb::Checkpoint> checkpoint(made);
  if (status.ok()) status = checkpoint->CreateCheckpoint(copy.string());
  auto done =
      status.ok() ? Result<>() : Result<>(to_error(status, "copying to " + folder.string()));
  if (done) {
    fs::permissions(copy, fs::perms::owner_all, failure);
    if (failure) done = Error{Fault::disk, "queue: " + copy.string() + ": " + failure.message()};
  }
  if (done) done = move_folder(copy, folder);
  fs::remove_all(around, failure);
  return done;
}

Result<> RocksDatabase::verify_checksums() const {
  rocksdb::ReadOptions options;
  options.readahead_size = 2 << 20;
  const auto status = handles_->db->VerifyChecksum(options);
  if (!status.ok()) return to_error(status, "verifying checksums");
  return {};
}

std::vector<std::string> RocksDatabase::damaged_tables(const Told& checked) const {
  std::vector<rocksdb::LiveFileMetaData> tables;
  handles_->db->GetLiveFilesMetaData(&tables);
  std::vector<std::string> damaged;
  std::uint64_t number = 0;
  for (const auto& table : tables) {
    rocksdb::Options options(handles_->db->GetDBOptions(), rocksdb::ColumnFamilyOptions());
    rocksdb::SstFileReader reader(options);
    auto status = reader.Open(table.db_path + table.name);
    if (status.ok()) status = reader.VerifyChecksum();
    // Next to a live agent a table may go at any time; ours is open, so it reads on.
    const bool may_be_gone = handles_->mode == OpenMode::read_only && status.IsPathNotFound();
    if (!status.ok() && !may_be_gone) {
      damaged.push_back(std::filesystem::path(table.name).filename().string() + " (" +
                        table.column_family_name + "): " + status.ToString());
    }
    checked(++number);
  }
  return damaged;
}

}  // namespace greyhound::queue
