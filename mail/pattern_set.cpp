#include "mail/pattern_set.hpp"

#include <utility>

#include <re2/re2.h>
#include <re2/set.h>

#include "runtime/must.hpp"

namespace greyhound::mail {
namespace {

// For the states of the automaton, which are made as texts need them.
constexpr std::int64_t most_memory_bytes = 64 << 20;

RE2::Options options() {
  RE2::Options chosen;
  chosen.set_case_sensitive(false);
  chosen.set_log_errors(false);
  chosen.set_max_mem(most_memory_bytes);
  return chosen;
}

}  // namespace

struct PatternSet::Compiled {
  RE2::Set set{options(), RE2::UNANCHORED};

  explicit Compiled(const std::vector<std::string>& patterns) {
    for (const auto& pattern : patterns)
      MUST(set.Add(pattern, nullptr) >= 0);
    MUST(set.Compile());
  }
};

std::optional<std::string> pattern_fault(const std::string& pattern) {
  const RE2 tried(pattern, options());
  return tried.ok() ? std::nullopt : std::optional(tried.error());
}

PatternSet::PatternSet(std::vector<std::string> patterns) : patterns_(std::move(patterns)) {}

PatternSet::~PatternSet() = default;

const PatternSet::Compiled& PatternSet::compiled() const {
  std::call_once(once_, [this] { compiled_ = std::make_unique<const Compiled>(patterns_); });
  return *compiled_;
}

std::vector<int> PatternSet::find(std::string_view text) const {
  std::vector<int> found;
  if (patterns_.empty()) return found;
  compiled().set.Match(re2::StringPiece(text.data(), text.size()), &found);
  return found;
}

}  // namespace greyhound::mail
