// Copies of a queue folder, file by file: as hard links where a file never changes again, or with
// bytes of its own where the copy must outlive the damage of the original.
// Errors: disk, disk_full, with the file's name.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "runtime/clock.hpp"
#include "runtime/result.hpp"

namespace greyhound::queue {

enum class CopyBy : std::uint8_t {
  linking,  // tables and blob files; what is still written to gets bytes of its own
  bytes,    // everything
};

// `to` must not exist. Lock, info logs and the reserve stay behind. All of it is on disk when this
// returns, and belongs to whom the folder it lies in belongs to.
Result<> copy_folder(const std::filesystem::path& from, const std::filesystem::path& to, CopyBy by);

// As it is now; on disk when this returns.
Result<> copy_synced(const std::filesystem::path& from, const std::filesystem::path& to);

// "queue.before-repair-20260301T120000Z" next to `folder`; a number behind it if that is taken.
std::filesystem::path name_beside(const std::filesystem::path& folder,
                                  std::string_view purpose,
                                  Instant now);

// Renames, and makes it last.
Result<> move_folder(const std::filesystem::path& from, const std::filesystem::path& to);

// Puts `fresh` where `folder` is and `folder` aside. At every moment one of them is there, as a
// queue that is missing would be begun anew.
Result<> replace_folder(const std::filesystem::path& fresh,
                        const std::filesystem::path& folder,
                        const std::filesystem::path& aside);

// Run by root, hands everything in the folder to the owner of the folder it lies in.
Result<> give_to_owner_above(const std::filesystem::path& folder);

std::uint64_t folder_bytes(const std::filesystem::path& folder);

}  // namespace greyhound::queue
