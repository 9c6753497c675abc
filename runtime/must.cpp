#include "runtime/must.hpp"

#include <cstdio>
#include <cstdlib>

namespace greyhound::runtime {

void must_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "bug: MUST(%s) does not hold, %s:%d\n", condition, file, line);
  std::abort();
}

}  // namespace greyhound::runtime
