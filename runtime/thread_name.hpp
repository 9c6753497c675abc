// What a thread is called where an operator looks at threads (top -H, perf, a core file).
#pragma once

namespace greyhound::runtime {

void name_this_thread(const char* name);  // at most 15 characters

}  // namespace greyhound::runtime
