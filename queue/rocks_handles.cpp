#include "queue/rocks_handles.hpp"

#include <algorithm>
#include <charconv>

#include <rocksdb/options.h>

#include "queue/rocks_options.hpp"
#include "queue/volume.hpp"

namespace greyhound::queue {
namespace {

constexpr std::string_view schema_key = "schema";

Error too_new(const std::string& schema) {
  return Error{Fault::config,
               "queue schema " + schema + " is newer than " + std::to_string(newest_schema) +
                   ", the newest that this version knows: install a newer greyhound"};
}

Result<unsigned> parse_schema(const std::string& schema) {
  unsigned number = 0;
  const auto* const end = schema.data() + schema.size();
  const auto [stopped, error] = std::from_chars(schema.data(), end, number);
  if (error == std::errc::result_out_of_range) return too_new(schema);
  if (error != std::errc{} || stopped != end || number == 0) {
    return Error{Fault::corrupt, "queue: the schema number does not decode"};
  }
  if (number > newest_schema) return too_new(schema);
  return number;
}

// 0: no schema number was written yet, the database is new. An error: it is not one of ours.
Result<unsigned> read_schema(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* meta) {
  if (meta == nullptr) return Error{Fault::corrupt, "queue: there is no column family meta"};
  std::string schema;
  const auto status = db.Get(rocksdb::ReadOptions(), meta, to_slice(schema_key), &schema);
  if (status.IsNotFound()) return 0U;
  if (!status.ok()) return to_error(status, "reading the schema number");
  return parse_schema(schema);
}

bool is_known(const std::string& name) {
  return name == rocksdb::kDefaultColumnFamilyName ||
         std::any_of(all_families.begin(), all_families.end(), [&name](Family family) {
           return to_string(family) == name;
         });
}

Result<std::vector<std::string>> list_families(const rocksdb::DBOptions& options,
                                               const std::string& folder) {
  std::vector<std::string> present;
  const auto listed = rocksdb::DB::ListColumnFamilies(options, folder, &present);
  if (!listed.ok()) return to_error(listed, "listing the column families");
  return present;
}

// Opens the families of these names; remembers which is which of ours.
rocksdb::Status open_families(RocksHandles& handles,
                              const rocksdb::DBOptions& options,
                              const std::string& folder,
                              const std::vector<rocksdb::ColumnFamilyDescriptor>& families,
                              OpenMode mode) {
  rocksdb::DB* opened = nullptr;
  const auto status =
      mode == OpenMode::read_only
          ? rocksdb::DB::OpenForReadOnly(options, folder, families, &handles.all, &opened)
          : rocksdb::DB::Open(options, folder, families, &handles.all, &opened);
  handles.db.reset(opened);
  if (!status.ok()) return status;
  for (const auto family : all_families) {
    const auto found = std::find_if(
        handles.all.begin(), handles.all.end(), [family](rocksdb::ColumnFamilyHandle* handle) {
          return handle->GetName() == to_string(family);
        });
    if (found != handles.all.end()) handles.by_family[static_cast<std::size_t>(family)] = *found;
  }
  return status;
}

// RocksDB opens for writing only with every family named, so that a newer schema with more of them
// has to be found out beforehand, through the one family that all schemas have.
Result<> refuse_unknown_families(const RocksOptions& options,
                                 const std::string& folder,
                                 const std::vector<std::string>& present) {
  const auto unknown = std::find_if_not(present.begin(), present.end(), is_known);
  if (unknown == present.end()) return {};
  RocksHandles peek;
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  families.push_back(options.family(std::string(to_string(Family::meta))));
  families.push_back(options.family(rocksdb::kDefaultColumnFamilyName));
  const auto read_only = options.database(OpenMode::read_only);
  const auto opened = open_families(peek, read_only, folder, families, OpenMode::read_only);
  if (!opened.ok()) return to_error(opened, "reading the schema number");
  if (auto schema = read_schema(*peek.db, peek.of(Family::meta)); !schema) return schema.error();
  return Error{Fault::corrupt, "queue: unknown column family " + *unknown};
}

// "…/000012.log: dropping 5000 bytes; Corruption: ..." to "000012.log".
std::string file_of(const std::string& damage) {
  const auto path = damage.substr(0, damage.find(": dropping "));
  return std::filesystem::path(path).filename().string();
}

Error open_error(const rocksdb::Status& status,
                 const QueueSettings& settings,
                 const std::vector<std::string>& log_damage) {
  const auto text = status.ToString();
  const auto folder = settings.folder.string();
  if (status.IsIOError() && (text.find("lock hold by") != std::string::npos ||
                             text.find("While lock file") != std::string::npos)) {
    return Error{Fault::busy, "queue " + folder + " is open in another process"};
  }
  auto error = to_error(status, "opening " + folder);
  if (error.fault != Fault::corrupt) return error;
  if (!log_damage.empty()) {
    error.what = "queue " + folder + ": the write-ahead log " + file_of(log_damage.front()) +
                 " is damaged in the middle, mail may be recorded behind that (" + text + ")";
  }
  error.what +=
      "; nothing was changed: greyhound db check --repair keeps a copy of the folder and saves "
      "what "
      "can be read, greyhound db restore puts a backup in its place";
  return error;
}

// Whether there is a database in the folder.
Result<bool> is_there(const QueueSettings& settings) {
  std::error_code failure;
  const bool exists = std::filesystem::exists(settings.folder / "CURRENT", failure);
  if (failure) {
    return Error{Fault::disk, "queue " + settings.folder.string() + ": " + failure.message()};
  }
  return exists;
}

}  // namespace

Error to_error(const rocksdb::Status& status, std::string_view doing) {
  auto fault = Fault::disk;
  if (status.IsNotFound()) fault = Fault::not_found;
  if (status.IsCorruption()) fault = Fault::corrupt;
  if (status.IsNoSpace()) fault = Fault::disk_full;
  if (status.IsIncomplete()) fault = Fault::not_at_hand;
  return Error{fault, "queue: " + std::string(doing) + ": " + status.ToString()};
}

Result<std::string> known_record(std::optional<std::string> record) {
  if (record) return std::move(*record);
  return Error{Fault::not_found, "queue: reading: it was erased"};
}

RocksHandles::~RocksHandles() {
  for (auto* handle : all) {
    if (db && handle != nullptr) db->DestroyColumnFamilyHandle(handle);
  }
}

Result<> RocksHandles::sound_log() const {
  if (!logs->has_failed_log() && !has_refused_batch) return {};
  return Error{Fault::disk,
               "queue: the log could not be written and takes nothing until a restart"};
}

Result<std::unique_ptr<RocksHandles>> RocksHandles::open(const QueueSettings& settings,
                                                         OpenMode mode,
                                                         const RocksDisk& disk) {
  const auto exists = is_there(settings);
  if (!exists) return exists.error();
  auto handles = std::make_unique<RocksHandles>();
  handles->logs =
      std::make_shared<LogFiles>(disk.files ? disk.files : rocksdb::FileSystem::Default(),
                                 LogFiles::Parts{.folder = settings.folder,
                                                 .step_bytes = store_sizes(settings).log_step,
                                                 .skips_damage = mode == OpenMode::salvage});
  handles->recent = std::make_unique<RecentRecords>(store_sizes(settings).recent);
  handles->env = rocksdb::NewCompositeEnv(handles->logs);
  const RocksOptions options(settings, handles->env.get(), disk.log);
  const auto folder = settings.folder.string();
  auto families = options.families();
  if (*exists) {
    const auto present = list_families(options.database(OpenMode::read_only), folder);
    if (!present) return present.error();
    auto known = refuse_unknown_families(options, folder, *present);
    if (!known) return known.error();
    if (mode == OpenMode::read_only) {
      std::erase_if(families, [&present](const rocksdb::ColumnFamilyDescriptor& family) {
        return std::find(present->begin(), present->end(), family.name) == present->end();
      });
    }
  } else if (mode != OpenMode::read_write) {
    return Error{Fault::not_found, "there is no queue in " + folder};
  }
  if (mode == OpenMode::salvage) {
    for (auto& family : families)
      family.options.disable_auto_compactions = true;  // they stop at what is damaged
  }
  const auto status = open_families(*handles, options.database(mode), folder, families, mode);
  if (!status.ok()) return open_error(status, settings, options.log_damage());
  handles->log_damage = options.log_damage();
  handles->mode = mode;
  const auto schema = read_schema(*handles->db, handles->of(Family::meta));
  if (!schema) return schema.error();
  handles->schema = *schema;
  return handles;
}

}  // namespace greyhound::queue
