// DropFiles: the drop folder, as the agent sees it. Anybody on this machine may put anything there:
// only regular files of one name are opened, no link is followed and nothing is waited for.
// Owner:   DropPickup. Runs on: a thread that may wait for the disk, one call at a time.
// Limits:  entries_per_look names a look; the next one goes on behind them. max_noted of what lies
//          there is named in the log.
// Errors:  what lies there wrongly is logged and left alone; unfinished files, links and the like
//          go after a day.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <dirent.h>
#include <sys/stat.h>

#include "intake/drop_stream.hpp"
#include "intake/drop_turns.hpp"
#include "runtime/clock.hpp"
#include "runtime/event_log.hpp"

namespace greyhound::intake {

class DropFiles {
 public:
  static constexpr std::size_t entries_per_look = 1000;
  static constexpr std::size_t max_noted = 1000;
  static constexpr std::chrono::hours unfinished_lifetime{24};

  // `log` outlives this.
  DropFiles(std::filesystem::path path, std::uint64_t max_file_bytes, EventLog& log);

  // Some of what lies there and may hold a message.
  struct Look {
    std::vector<WaitingDrop> files;
    bool is_at_end = true;  // the next one begins anew
  };
  // Makes the folder if there is none, and sees to its mode if it is ours.
  Look look(Instant now);

  // None: there is nothing to take, for now or at all.
  std::optional<DropFile> take(const std::string& name, Instant now);

  // Of files that were taken; what has got their names meanwhile is left alone. False: it could
  // not be done, and the file is still there.
  bool remove(const DropFile& file);
  bool set_aside(const DropFile& file);  // for an operator to see
  void leave_unfinished(const std::string& name, Instant now);

 private:
  struct Closer {
    void operator()(DIR* folder) const { ::closedir(folder); }
  };

  bool open();
  bool is_still_there() const;
  void check_owner(const struct stat& found, bool is_new);
  std::optional<WaitingDrop> sort(const std::string& name, Instant now);
  bool is_in_its_place(const DropFile& file) const;
  bool unlink(const std::string& name);
  void ignore(const std::string& name, std::string_view why);
  void report(const std::string& what, int error);
  int folder() const { return folder_ ? ::dirfd(folder_.get()) : -1; }  // -1: no call works

  std::filesystem::path path_;
  std::uint64_t max_file_bytes_;
  EventLog& log_;
  std::unique_ptr<DIR, Closer> folder_;  // stands where the last look ended
  std::set<std::string> noted_;
  std::string last_problem_;  // with the folder itself
};

}  // namespace greyhound::intake
