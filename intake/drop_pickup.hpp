// DropPickup: takes the messages that sendmail left in the drop folder while no agent ran, each by
// a session of its own, as if its owner had come over the unix socket.
// A file goes only after the 250 to its content: a crash in between leaves a possible duplicate.
// What is answered 4yz waits longer and longer, 5yz is set aside for an operator. Users take turns.
// Owner:  agent. Runs on: its home loop; once started it must be stopped before it is destroyed (a
//         MUST), while the loops of its Parts still run.
// Limits: one file at a time; looks_at_once times what DropFiles looks at, before any is taken, so
//         that no heap of mail or rubbish keeps a file from being seen; max_postponed names that
//         wait; max_stuck files, one of a user, that are in the queue and cannot be removed.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "intake/drop_files.hpp"
#include "intake/message_intake.hpp"
#include "runtime/task_group.hpp"
#include "runtime/wake_signal.hpp"

namespace greyhound::intake {

class DropPickup {
 public:
  static constexpr std::chrono::seconds pause{2};  // between two looks into the folder
  static constexpr std::chrono::seconds first_wait{30};
  static constexpr std::chrono::minutes longest_wait{10};
  static constexpr std::size_t looks_at_once = 100;
  static constexpr std::size_t max_postponed = 10'000;
  static constexpr std::size_t max_stuck = 100;

  struct Parts {
    SessionParts session;  // for each of them; what it refers to outlives this
    Executor sessions;     // the loop they run on
    Executor disk;         // where waiting for the disk holds nobody up
  };

  DropPickup(const Executor& home, const std::filesystem::path& folder, Parts parts);

  void start();
  Awaitable<> stop();  // after the file in hand

 private:
  struct Postponed {
    SteadyInstant until{};
    Duration wait{0};
  };

  Awaitable<> keep_looking();
  Awaitable<> look();
  Awaitable<bool> take_turns();
  Awaitable<bool> pick_up(std::string name);
  Awaitable<DropVerdict> hand_in(DropFile file);
  Awaitable<bool> settle(DropFile file, DropVerdict verdict);
  Awaitable<bool> remove_accepted(DropFile file);
  Awaitable<> remove_stuck();
  bool may_take(const WaitingDrop& file) const;
  void postpone(const std::string& name);

  Parts parts_;
  DropFiles files_;  // touched on the disk's thread only
  TaskGroup tasks_;
  WakeSignal stopped_;
  bool is_stopping_ = false;
  DropTurns turns_;
  std::map<std::string, Postponed> postponed_;
  // Accepted, but still there, by owner. Nothing else of his is taken meanwhile, or all of it would
  // be sent again and again.
  std::map<unsigned, DropFile> stuck_;
};

}  // namespace greyhound::intake
