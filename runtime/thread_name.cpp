#include "runtime/thread_name.hpp"

#include <pthread.h>

namespace greyhound::runtime {

void name_this_thread(const char* name) {
  pthread_setname_np(pthread_self(), name);
}

}  // namespace greyhound::runtime
