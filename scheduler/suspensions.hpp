// Suspensions: the sites and domains where an operator wants no attempts, and up to when there were
// to be none where that is over. Pure.
// Source: docs/ARCHITECTURE.md (Suspension, in "Due").
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "queue/store_values.hpp"

namespace greyhound::scheduler {

class Suspensions {
 public:
  void add(const std::string& name) { names_.insert(name); }
  bool lift(const std::string& name, Instant now);  // false: there was none

  // `site`: empty where nobody knows it yet.
  bool hold(const std::string& domain, const std::string& site = {}) const;

  // When mail there could be tried again, if it could not be before. What fell due until then is
  // backlog.
  std::optional<Instant> lifted(const std::string& domain, const std::string& site = {}) const;

  bool have_been() const { return !names_.empty() || !lifted_.empty(); }

 private:
  std::set<std::string> names_;
  std::map<std::string, Instant> lifted_;
};

}  // namespace greyhound::scheduler
