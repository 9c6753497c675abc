// What Linux says of a process: memory, processor time, bytes written.
// Errors: nullopt: there is no such process (any more), or it may not be looked at.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>

#include <sys/types.h>

namespace greyhound::bench {

std::optional<std::uint64_t> proportional_bytes(pid_t pid);  // Pss of smaps_rollup
std::optional<std::uint64_t> peak_bytes(pid_t pid);          // VmHWM
std::optional<double> processor_seconds(pid_t pid);     // of its live threads, since they began
std::optional<std::uint64_t> written_bytes(pid_t pid);  // write_bytes of io

// Blocks that the files and folders below take up; with `extensions`, only such files.
std::uint64_t disk_bytes(const std::filesystem::path& folder,
                         const std::set<std::string>& extensions = {});

}  // namespace greyhound::bench
