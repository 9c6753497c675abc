// The drop file: how a message is left for an agent that does not run. It holds what a client would
// say to the agent: EHLO, MAIL, RCPT and so on, the content by one BDAT, QUIT; nothing else.
// Source: RFC 3030 section 2 (BDAT). Who reads commands and who refuses them is intake alone; here
//         is only what writer and reader must both know to tell a whole file from a part of one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace greyhound::mail {

inline constexpr std::string_view drop_folder_name = "drop";   // in state_dir
inline constexpr std::string_view drop_file_suffix = ".mail";  // a whole file
inline constexpr std::string_view unfinished_drop_suffix = ".new";
inline constexpr std::string_view refused_drop_suffix = ".refused";  // after the suffix above
inline constexpr std::string_view drop_file_end = "QUIT\r\n";

// Anybody may leave a file, nobody but its owner learns what is there, and the sticky bit keeps
// users from each other's files.
inline constexpr unsigned drop_folder_mode = 01733;

// The command that announces the content, with its line end.
std::string drop_content_command(std::uint64_t size_bytes);

// How much content a line announces, the last of its message; nullopt: it is no such line.
std::optional<std::uint64_t> drop_content_size(std::string_view line);

}  // namespace greyhound::mail
