#include "runtime/must.hpp"

#include <cstdio>
#include <cstdlib>

#include "runtime/event_log.hpp"

namespace greyhound::runtime {

void must_failed(const char* condition, const char* file, int line) {
  StderrLog::write_collected();  // what led to it
  std::fprintf(stderr, "bug: MUST(%s) does not hold, %s:%d\n", condition, file, line);
  std::abort();
}

}  // namespace greyhound::runtime
