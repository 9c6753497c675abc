// StsSource: where the text of a domain's MTA-STS policy comes from, as a port; StsFetcher is the
// real one.
// Runs on: the dispatcher's loop. Errors: whatever keeps the text from us, ready for a log line.
#pragma once

#include <string>

#include "runtime/awaitable.hpp"
#include "runtime/result.hpp"

namespace greyhound::smtp {

class StsSource {
 public:
  StsSource() = default;
  StsSource(const StsSource&) = delete;
  StsSource& operator=(const StsSource&) = delete;
  virtual ~StsSource() = default;

  virtual Awaitable<Result<std::string>> fetch(std::string domain) = 0;
};

}  // namespace greyhound::smtp
