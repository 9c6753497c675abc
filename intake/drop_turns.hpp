// DropTurns: the files of the drop folder that wait to be taken. Their owners take turns, so that
// a flood of one keeps nobody else's mail waiting; each one's go oldest first.
// Owner:  DropPickup. Pure.
// Limits: most_of_a_user files of each, the oldest, of most_users; a later look finds the others.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "runtime/clock.hpp"

namespace greyhound::intake {

struct WaitingDrop {
  unsigned uid = 0;
  Instant written{};
  std::string name;
};

class DropTurns {
 public:
  static constexpr std::size_t most_of_a_user = 100;
  static constexpr std::size_t most_users = 1000;

  void add(WaitingDrop file);
  std::optional<WaitingDrop> next();  // of the user whose turn it is; none: all have been taken

  bool has_left_out() const { return has_left_out_; }  // since forget()
  void forget();

 private:
  std::map<unsigned, std::set<std::pair<Instant, std::string>>> waiting_;  // no set is empty
  unsigned last_uid_ = 0;
  bool has_left_out_ = false;
};

}  // namespace greyhound::intake
