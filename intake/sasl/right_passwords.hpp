// RightPasswords: logins that were right lately, so that a program which logs in for each mail does
// not cost all the iterations each time.
// Of a login there is a digest under a key of this process's own, so memory that leaks shows no
// password; the stored key is in it, so an entry fits no more once the user has another password or
// none. Wrong ones are never kept.
// Owner: PasswordChecker. Runs on: any, several at once.
// Limits: `most` logins; past that the one kept longest is forgotten.
#pragma once

#include <cstddef>
#include <deque>
#include <mutex>
#include <set>
#include <string>

#include "intake/sasl/scram_keys.hpp"

namespace greyhound::intake {

class RightPasswords {
 public:
  explicit RightPasswords(std::size_t most);

  void keep(const PasswordCheck& check);  // which was right
  bool has(const PasswordCheck& check) const;

 private:
  std::string digest_of(const PasswordCheck& check) const;

  const std::size_t most_;
  const std::string key_;
  mutable std::mutex mutex_;  // held for the length of one look
  std::set<std::string> digests_;
  std::deque<std::string> by_age_;
};

}  // namespace greyhound::intake
