#include "intake/drop_turns.hpp"

#include <iterator>

namespace greyhound::intake {

void DropTurns::add(WaitingDrop file) {
  if (waiting_.size() >= most_users && !waiting_.contains(file.uid)) {
    has_left_out_ = true;
    return;
  }
  auto& own = waiting_[file.uid];
  own.emplace(file.written, std::move(file.name));
  if (own.size() <= most_of_a_user) return;
  own.erase(std::prev(own.end()));
  has_left_out_ = true;
}

std::optional<WaitingDrop> DropTurns::next() {
  auto turn = waiting_.upper_bound(last_uid_);
  if (turn == waiting_.end()) turn = waiting_.begin();
  if (turn == waiting_.end()) return std::nullopt;
  auto& [uid, own] = *turn;
  last_uid_ = uid;
  auto first = own.extract(own.begin());
  WaitingDrop file{
      .uid = uid, .written = first.value().first, .name = std::move(first.value().second)};
  if (own.empty()) waiting_.erase(turn);
  return file;
}

void DropTurns::forget() {
  waiting_.clear();
  has_left_out_ = false;
}

}  // namespace greyhound::intake
