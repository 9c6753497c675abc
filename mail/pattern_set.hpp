// PatternSet: many regular expressions, looked for in one pass over a text whose time is linear in
// its length, whatever the expressions. Letters match in either case; texts are UTF-8.
// Source: RE2 syntax, which has neither references back nor looking around.
// Owner: a value that never changes. Compiled when it is first asked, as that takes some 20 ms and
// not everybody asks. Runs on: any; find() may run on many threads at once.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace greyhound::mail {

// Why `pattern` is no expression; nullopt: it is one.
std::optional<std::string> pattern_fault(const std::string& pattern);

class PatternSet {
 public:
  explicit PatternSet(std::vector<std::string> patterns);  // each MUST be one
  PatternSet(const PatternSet&) = delete;
  PatternSet& operator=(const PatternSet&) = delete;
  ~PatternSet();

  // Positions in `patterns` of those that are found anywhere in `text`, in no order.
  std::vector<int> find(std::string_view text) const;

 private:
  struct Compiled;
  const Compiled& compiled() const;

  std::vector<std::string> patterns_;
  mutable std::once_flag once_;
  mutable std::unique_ptr<const Compiled> compiled_;
};

}  // namespace greyhound::mail
