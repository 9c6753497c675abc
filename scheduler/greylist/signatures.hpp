// Signatures: whose reply one looks like, by the texts of the catalogue. Addresses, names, numbers,
// dates and what stands in brackets may be any; case and marks do not count. Where a text fits
// several, code, enhanced code and step tell between them, as far as they do. A text without a word
// of its own, like "Please try again later", is shared: many servers say it who are somebody else,
// but for those who say it to DATA itself.
// Owner: the catalogue. Runs on: any. Immutable once made.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "mail/reply_rules.hpp"
#include "scheduler/greylist/greylister.hpp"

namespace greyhound::scheduler {

class Signatures {
 public:
  explicit Signatures(const Greylisters& greylisters);

  struct Match {
    std::vector<std::size_t> greylisters;  // whose it may be, the best first; empty: nobody's
    bool is_shared = false;
  };
  Match find(const mail::ReplyFacts& reply) const;

 private:
  // One text of one greylister, and how it came.
  struct Sample {
    std::size_t greylister;
    std::string words;
    int code;
    std::optional<mail::EnhancedStatus> status;
    std::optional<mail::Stage> stage;
  };
  static constexpr int best_fitness = 5;
  static bool is_same_step(mail::Stage known, std::optional<mail::Stage> stage);
  static int fitness(const Sample& sample, const mail::ReplyFacts& reply);
  static int needed(const std::string& key, const std::vector<Sample>& samples);

  // All whose words are compared as the same.
  struct Known {
    std::vector<Sample> samples;
    int needed = 0;  // fitness of a reply that is one of theirs
    bool is_commonplace = false;
  };
  std::unordered_map<std::string, Known> by_words_;
};

}  // namespace greyhound::scheduler
