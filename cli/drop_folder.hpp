// The drop folder, as sendmail sees it: where a message waits while no agent runs.
// A file is there whole or not at all, and synced before this returns. Its mode is 0644: the agent
// may run as a user of its own, and the group of the folder is nobody's promise. What keeps others
// out is that only the agent may list the folder, and 128 bits of chance in the name.
// Errors: Fault::disk, Fault::disk_full; the text says what to do. Nothing is left behind.
#pragma once

#include <filesystem>
#include <string>

#include "cli/sendmail_arguments.hpp"
#include "cli/submission.hpp"
#include "runtime/result.hpp"

namespace greyhound::cli {

// What stands before the content: the client's side of a session, up to its BDAT.
std::string drop_envelope(const std::string& hostname,
                          const SendmailArguments& arguments,
                          const Submission& submission);

Result<> leave_in_drop_folder(const std::filesystem::path& folder,
                              const std::string& hostname,
                              const SendmailArguments& arguments,
                              const Submission& submission);

}  // namespace greyhound::cli
